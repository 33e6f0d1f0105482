using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Clocks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>Runs the dispatchers, the sweep and the settler of this process, and lets them finish what they began.</summary>
internal sealed partial class DispatchService(
    IServiceProvider services, Settler settler, SweepLeftovers sweep, CommunicationOptions options, ILogger<DispatchService> log) : BackgroundService
{
    /// <summary>For replies that are on their way when the process is told to stop; what is not sent by then goes back to WAITING.</summary>
    private static readonly TimeSpan ForReplies = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Dispatch)
            return;
        var settling = settler.RunAsync();
        var dispatchers = Enumerable.Range(0, options.Dispatchers).Select(i => ActivatorUtilities.CreateInstance<Dispatcher>(services, i).RunAsync(stoppingToken));
        await Task.WhenAll(dispatchers.Append(SweepAsync(stoppingToken)));
        await settler.FinishAsync(ForReplies);
        await settling;
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepEvery, RealTime.Clock);
        try
        {
            do
            {
                try
                {
                    while (await sweep.RunAsync(stoppingToken))
                        stoppingToken.ThrowIfCancellationRequested();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogSweepFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(LogLevel.Error, "A sweep failed")]
    private partial void LogSweepFailed(Exception e);
}
