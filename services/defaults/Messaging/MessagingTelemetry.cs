using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Spans and measures of messaging, under the one name that the host exports.</summary>
internal static class MessagingTelemetry
{
    public static readonly ActivitySource Source = new("Loyalty");
    public static readonly Meter Meter = new("Loyalty");

    public static readonly Counter<long> Published = Meter.CreateCounter<long>("loyalty.outbox.published", "{event}", "Events confirmed by the bus");
    public static readonly Counter<long> Handled = Meter.CreateCounter<long>("loyalty.inbox.handled", "{event}", "Events handled, by consumer");
    public static readonly Counter<long> ParkedEvents = Meter.CreateCounter<long>("loyalty.inbox.parked_events", "{event}", "Events parked after a failure, by consumer");
    public static readonly Histogram<double> Lag = Meter.CreateHistogram<double>("loyalty.inbox.lag", "s", "Real time from the outbox to the end of the handler");

    /// <summary>Continues the trace in which the event was said.</summary>
    public static Activity? Start(string name, ActivityKind kind, string? traceparent) =>
        ActivityContext.TryParse(traceparent, null, isRemote: true, out var parent) ? Source.StartActivity(name, kind, parent) : Source.StartActivity(name, kind);
}
