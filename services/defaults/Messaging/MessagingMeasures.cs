using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Outbox lag and the counts of parked and failed events per service, at most 5 s out of date.</summary>
internal sealed class MessagingMeasures : IHostedService, IDisposable
{
    private readonly Meter meter = new("Loyalty");
    private readonly List<Upkeep> all;

    public MessagingMeasures(IEnumerable<Upkeep> all)
    {
        this.all = [.. all];
        meter.CreateObservableGauge("loyalty.outbox.lag", () => Each(upkeep => upkeep.OutboxLagSeconds), "s", "Age of the oldest event that is not published");
        meter.CreateObservableGauge("loyalty.inbox.parked", () => Each(upkeep => upkeep.ParkedCount), "{event}", "Events that wait for another try");
        meter.CreateObservableGauge("loyalty.inbox.failed", () => Each(upkeep => upkeep.FailedCount), "{event}", "Events that rest after the last try");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<T>> Each<T>(Func<Upkeep, T> read)
        where T : struct =>
        all.Select(upkeep => new Measurement<T>(read(upkeep), new KeyValuePair<string, object?>("service", upkeep.Service)));
}
