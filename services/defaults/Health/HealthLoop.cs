using Loyalty.ServiceDefaults.Clocks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>Turns once a second (that is what "live" means) and asks the probes every 5 s, beside its own turning.</summary>
internal sealed partial class HealthLoop(HealthBook book, ILogger<HealthLoop> logger) : BackgroundService
{
    private const int TurnsBetweenQuestions = 5;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Turn, RealTime.Clock);
        for (var turn = 0; ; turn++)
        {
            book.Turned();
            foreach (var entry in book.Entries)
            {
                // While something is away it is asked each second, so that it is back soon.
                if (!entry.Asking && (turn % TurnsBetweenQuestions == 0 || entry.Fault is not null))
                    _ = AskAsync(entry, stoppingToken);
            }

            if (!await timer.WaitForNextTickAsync(stoppingToken).AsTask().ContinueWith(static tick => tick.IsCompletedSuccessfully && tick.Result, TaskScheduler.Default))
                return;
        }
    }

    private async Task AskAsync(HealthBook.Entry entry, CancellationToken stoppingToken)
    {
        entry.Asking = true;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            limit.CancelAfter(Patience);
            await entry.Probe.CheckAsync(limit.Token).WaitAsync(limit.Token);
            if (entry is { Fault: not null, ToldAway: true })
                LogBack(entry.Probe.Name);
            entry.ToldAway = false;
            book.Answered(entry, fault: null);
        }
        catch (Exception why)
        {
            if (!entry.ToldAway && !stoppingToken.IsCancellationRequested)
                LogAway(why, entry.Probe.Name);
            entry.ToldAway = true;
            book.Answered(entry, why is OperationCanceledException ? "no answer in time" : why.GetType().Name);
        }
        finally
        {
            entry.Asking = false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Dependency} is away")]
    private partial void LogAway(Exception why, string dependency);

    [LoggerMessage(2, LogLevel.Information, "{Dependency} answers")]
    private partial void LogBack(string dependency);
}
