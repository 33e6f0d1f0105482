using System.Text;
using Loyalty.Communications.Delivery;

namespace Loyalty.Mesh.Replay;

/// <summary>
/// The far end of a replay: takes every mail at once and tells the oracle who got what and when, by the virtual clock at reception. It stands where the
/// relay would, so that what is counted is what really arrived.
/// </summary>
internal sealed class ReceivedMail(TimeProvider clock) : IMailTransport
{
    private static readonly SmtpReply Taken = new(250, "2.0.0", "2.0.0 taken");

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, DateTimeOffset> _instants = [];

    public CapOracle Oracle { get; } = new();

    /// <summary>When each mailing arrived, by its id as it stands in the Message-ID.</summary>
    public IReadOnlyDictionary<Guid, DateTimeOffset> Instants => _instants;

    public ValueTask<MailLease> TryLeaseAsync(CancellationToken cancel) => new(MailLease.Granted(new Permit(this)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private MailOutcome.Accepted Take(MailEnvelope envelope, ReadOnlySpan<byte> message)
    {
        var mailingId = MailingIdOf(message);
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            Oracle.Receive(envelope.To, mailingId.ToString(), now);
            _instants[mailingId] = now;
        }

        return new MailOutcome.Accepted(Taken);
    }

    private static Guid MailingIdOf(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> field = "Message-ID: <"u8;
        var at = message.IndexOf(field);
        return at >= 0 && message[(at + field.Length)..].IndexOf((byte)'@') is > 0 and var length
            ? Guid.Parse(Encoding.ASCII.GetString(message.Slice(at + field.Length, length)))
            : throw new InvalidOperationException("A mail came without a Message-ID.");
    }

    private sealed class Permit(ReceivedMail mail) : IMailPermit
    {
        public bool TakesEightBit => true;

        public Task<MailOutcome> DeliverAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel) =>
            Task.FromResult<MailOutcome>(mail.Take(envelope, message.Span));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
