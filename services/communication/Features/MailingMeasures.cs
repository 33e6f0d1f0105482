using System.Diagnostics.Metrics;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features;

/// <summary>How many mailings wait, at most 10 s out of date. Every replica says the same number: take the greatest, not the sum.</summary>
internal sealed partial class MailingMeasures : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly Meter meter = new("Loyalty");
    private readonly Instrument gauge;
    private readonly Database database;
    private readonly ILogger<MailingMeasures> log;
    private long waiting;

    public MailingMeasures(Database database, ILogger<MailingMeasures> log)
    {
        (this.database, this.log) = (database, log);
        gauge = meter.CreateObservableGauge(
            "loyalty.mailing.waiting", () => Volatile.Read(ref waiting), "{mailing}", $"Mailings that wait, counted up to {Queue.MostCounted}");
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    internal async Task LookAsync(CancellationToken cancellationToken) =>
        Volatile.Write(ref waiting, await database.ReadAsync(Queue.CountWaitingAsync, cancellationToken));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, RealTime.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (gauge.Enabled) // nobody pays for a number that nobody reads
                        await LookAsync(stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogNotCounted(e);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(LogLevel.Warning, "The waiting mailings could not be counted")]
    private partial void LogNotCounted(Exception e);
}
