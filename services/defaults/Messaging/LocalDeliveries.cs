using System.Collections.Concurrent;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>
/// Over the in-memory bus: which published events have not yet been handled, parked or failed by everyone who hears them. Only then is an
/// outbox row finished; what is unfinished when the process dies is still in the outbox at the next start.
/// </summary>
internal sealed class LocalDeliveries
{
    private readonly ConcurrentDictionary<Guid, Delivery> open = new();
    private readonly Dictionary<(string Source, string Type), HashSet<string>> hearers = [];

    /// <summary>Said while the bus is configured: this queue gets this type.</summary>
    public void Bind(string source, string type, string queue)
    {
        if (!hearers.TryGetValue((source, type), out var queues))
            hearers[(source, type)] = queues = new(StringComparer.Ordinal);
        queues.Add(queue);
    }

    /// <summary>False when nobody in this host hears the type, so that the event is finished as soon as it is published.</summary>
    public bool Open(Envelope envelope, Action finished)
    {
        if (!hearers.TryGetValue((envelope.Source, envelope.Type), out var queues))
            return false;
        open[envelope.MessageId] = new Delivery(new(queues, StringComparer.Ordinal), finished);
        return true;
    }

    /// <summary>One queue is done with the event; saying it twice counts once.</summary>
    public void Handled(Guid messageId, string queue)
    {
        if (!open.TryGetValue(messageId, out var delivery))
            return;
        lock (delivery)
        {
            if (!delivery.Waiting.Remove(queue) || delivery.Waiting.Count > 0)
                return;
        }

        open.TryRemove(messageId, out _);
        delivery.Finished();
    }

    private sealed record Delivery(HashSet<string> Waiting, Action Finished);
}
