using Google.Protobuf;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>An event on its way: its bytes and what travels beside them. Instants are microseconds since 1970.</summary>
/// <param name="Source">The service that said it.</param>
/// <param name="Type">The full protobuf name: "loyalty.customer.v1.ConsentChanged".</param>
/// <param name="SaidAt">Business time of the sayer's transaction.</param>
/// <param name="WrittenAt">Real time of the same moment; measures lag.</param>
internal sealed record Envelope(
    Guid MessageId, string Source, string Type, byte[] Payload, string? Traceparent, long SaidAt, long WrittenAt)
{
    public const string ContentType = "application/vnd.masstransit+protobuf";
    public const string TypeHeader = "MT-MessageType";
    public const string SourceHeader = "Loyalty-Source";
    public const string SaidAtHeader = "Loyalty-Said-At";
    public const string WrittenAtHeader = "Loyalty-Written-At";
    public const string TraceHeader = "traceparent";

    /// <summary>The part of a batch that goes its own way, under an id of its own.</summary>
    public Envelope With(IMessage entryOnly) =>
        this with { MessageId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Payload = entryOnly.ToByteArray() };
}
