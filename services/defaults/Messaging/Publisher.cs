using System.Diagnostics;
using MassTransit;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Puts events on the bus: one durable fanout exchange per event type, named by its full protobuf name.</summary>
internal sealed class Publisher(IBus bus, IBusControl control)
{
    /// <summary>
    /// Returns when this host's own queues are bound: an exchange to which no queue is bound yet confirms what it drops.
    /// </summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => control.WaitForHealthStatus(BusHealthStatus.Healthy, cancellationToken);

    /// <summary>Returns when the bus has confirmed it.</summary>
    public async Task PublishAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        // The span belongs to the trace of the call that said the event, and the hearer's to this one.
        using var activity = MessagingTelemetry.Start("say " + envelope.Type, ActivityKind.Producer, envelope.Traceparent);
        var endpoint = await bus.GetSendEndpoint(new Uri("exchange:" + envelope.Type));
        await endpoint.Send(envelope, Pipe.Execute<SendContext<Envelope>>(Fill), cancellationToken);

        void Fill(SendContext<Envelope> context)
        {
            context.Serializer = ProtobufSerializer.Instance;
            context.ContentType = ProtobufSerializer.Instance.ContentType;
            context.MessageId = envelope.MessageId;
            context.Durable = true;
            context.Headers.Set(Envelope.TypeHeader, envelope.Type);
            context.Headers.Set(Envelope.SourceHeader, envelope.Source);
            context.Headers.Set(Envelope.SaidAtHeader, envelope.SaidAt);
            context.Headers.Set(Envelope.WrittenAtHeader, envelope.WrittenAt);
            if ((Activity.Current?.Id ?? envelope.Traceparent) is { } trace)
                context.Headers.Set(Envelope.TraceHeader, trace);
        }
    }
}
