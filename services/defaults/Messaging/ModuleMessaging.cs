using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The loops of one module: relay, parked events, heartbeat, counting, forgetting.</summary>
internal sealed class ModuleMessaging(string service, Relay relay, ParkedFeeder feeder, Upkeep upkeep, MessagingOptions options, ILogger logger)
    : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        Task.Run(() => relay.RunAsync(stoppingToken), stoppingToken),
        EveryAsync("saying the heartbeat", options.HeartbeatEvery, upkeep.SayHeartbeatAsync, stoppingToken),
        EveryAsync("counting", TimeSpan.FromSeconds(5), upkeep.LookAsync, stoppingToken),
        EveryAsync("forgetting", TimeSpan.FromMinutes(1), upkeep.ForgetAsync, stoppingToken),
        EveryAsync("feeding parked events", options.ParkPoll, FeedAllAsync, stoppingToken));

    private async Task FeedAllAsync(CancellationToken stopping)
    {
        while (await feeder.FeedAsync(stopping))
        {
        }
    }

    private async Task EveryAsync(string work, TimeSpan pause, Func<CancellationToken, Task> act, CancellationToken stopping)
    {
        await Task.Yield();
        var backoff = new Backoff(options.AwayPauseMost);
        while (!stopping.IsCancellationRequested)
        {
            var next = pause;
            try
            {
                await act(stopping);
                backoff.Reset();
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                next = backoff.Next();
                logger.LoopPaused(e, service, work, next);
            }

            await Task.Delay(next, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
