using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>Runs one timer on this replica while it holds the lease.</summary>
internal sealed partial class TimerLoop(string service, ILeasedTimer timer, Database database, TimerOptions options, ILogger logger)
    : BackgroundService
{
    private readonly Lease lease = new(database, timer.Name, options.Lease);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var (held, ranAt) = await lease.TakeAsync(stoppingToken);
                if (held)
                    await OwnAsync(ranAt, stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                Failed(logger, e, service, timer.Name);
            }

            await Task.Delay(options.Lease / 3, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ReleaseAsync();
    }

    /// <summary>Keeps the lease and runs whenever business time says so, until the lease is lost or the host stops.</summary>
    private async Task OwnAsync(DateTimeOffset? ranAt, CancellationToken stopping)
    {
        using var owning = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var keeping = KeepAsync(owning);
        try
        {
            // Business time may run thousands of times faster than real time, or jump: looking is cheap.
            var pause = TimeSpan.FromMilliseconds(Math.Clamp(timer.Every.TotalMilliseconds / 4, 20, 500));
            while (!owning.IsCancellationRequested)
            {
                var now = Instant.Truncate(database.Clock.GetUtcNow());
                if (ranAt is null || now - ranAt >= timer.Every)
                {
                    await timer.RunAsync(now, owning.Token);
                    if (!await lease.NoteRunAsync(now, owning.Token))
                        return;
                    ranAt = now;
                }

                await Task.Delay(pause, owning.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await owning.CancelAsync();
            await keeping;
        }
    }

    /// <summary>Renews every third of the lease, and ends the ownership before anybody else can begin one.</summary>
    private async Task KeepAsync(CancellationTokenSource owning)
    {
        while (!owning.IsCancellationRequested)
        {
            await Task.Delay(options.Lease / 3, owning.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (owning.IsCancellationRequested)
                return;
            try
            {
                // Not with a token alone: a driver that was cancelled asks the silent server to agree, and waits for that too.
                if (!(await lease.TakeAsync(owning.Token).WaitAsync(lease.Left, owning.Token)).Held)
                    await owning.CancelAsync();
            }
            catch (Exception) when (lease.Left > TimeSpan.Zero)
            {
                // The database did not answer: there is still time for another try.
            }
            catch (Exception)
            {
                await owning.CancelAsync();
            }
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await lease.ReleaseAsync(bounded.Token);
        }
        catch (Exception e)
        {
            Failed(logger, e, service, timer.Name); // it runs out by itself
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "{Service}: timer {Timer} failed; it is tried again")]
    private static partial void Failed(ILogger logger, Exception failure, string service, string timer);
}
