using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Storage;

/// <summary>A mailing that has not ended, without its content. Instants are microseconds; 0 is none.</summary>
internal sealed class QueueRow
{
    public const string Columns =
        "q.mailing_id, q.customer_id, q.state, q.direct, q.class, q.intent, q.kind, q.channel, q.urgent, q.priority, q.template, "
        + "q.template_version, q.sender, q.request_id, q.collapse_key, q.age_at, q.not_before, q.expires_at, q.backoff_until, q.release_at, "
        + "q.verdict_key, q.attempts, q.token, q.committed_at, q.hand_until, q.handed_at";

    public Guid MailingId { get; init; }
    public Guid CustomerId { get; init; }
    public short State { get; init; }
    public bool Direct { get; init; }
    public short Class { get; init; }
    public short Intent { get; init; }
    public short Kind { get; init; }
    public short Channel { get; init; }
    public bool Urgent { get; init; }
    public short Priority { get; init; }
    public string Template { get; init; } = "";
    public int TemplateVersion { get; init; }
    public string Sender { get; init; } = "";
    public string RequestId { get; init; } = "";
    public string? CollapseKey { get; init; }
    public long AgeAt { get; init; }
    public long NotBefore { get; init; }
    public long ExpiresAt { get; init; }
    public long BackoffUntil { get; init; }
    public long ReleaseAt { get; init; }
    public long VerdictKey { get; init; }
    public short Attempts { get; init; }
    public long? Token { get; init; }
    public long? CommittedAt { get; init; }
    public long? HandUntil { get; init; }
    public long? HandedAt { get; init; }

    public bool Waits => State == (short)MailingState.Waiting;

    public MailingClass MailingClass => (MailingClass)Class;

    public InFlight InFlight => new(MailingId, MailingClass, CommittedAt ?? 0);

    public Mailing ForTheGate() => new()
    {
        Id = MailingId,
        Class = (MailingClass)Class,
        Intent = (Intent)Intent,
        Kind = (MailingKind)Kind,
        Channel = (Channel)Channel,
        AcceptedAt = AgeAt,
        ExpiresAt = ExpiresAt,
        Priority = Priority,
        NotBefore = NotBefore,
        BackoffUntil = BackoffUntil,
        ReleaseAt = ReleaseAt,
        Urgent = Urgent,
        Direct = Direct,
    };
}
