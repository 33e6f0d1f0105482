using System.Net.Mime;
using MassTransit;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Puts an event's bytes on the wire as they lie in the outbox.</summary>
internal sealed class ProtobufSerializer : IMessageSerializer
{
    public static readonly ProtobufSerializer Instance = new();

    public ContentType ContentType { get; } = new(Envelope.ContentType);

    public MessageBody GetMessageBody<T>(SendContext<T> context)
        where T : class =>
        context.Message is Envelope envelope
            ? new BytesMessageBody(envelope.Payload)
            : throw new InvalidOperationException("only events from the outbox are sent");
}
