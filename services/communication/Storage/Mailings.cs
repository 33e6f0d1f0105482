using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>What was accepted. Instants are microseconds; 0 is none.</summary>
internal class MailingRow
{
    public Guid MailingId { get; init; }
    public Guid CustomerId { get; init; }
    public bool Direct { get; init; }
    public string Template { get; init; } = "";
    public int TemplateVersion { get; init; }
    public short Class { get; init; }
    public short Intent { get; init; }
    public short Kind { get; init; }
    public short Channel { get; init; }
    public short Priority { get; init; }
    public long NotBefore { get; init; }
    public long ExpiresAt { get; init; }
    public string? CollapseKey { get; init; }
    public string? CampaignId { get; init; }
    public string Sender { get; init; } = "";
    public string RequestId { get; init; } = "";
    public byte[] RequestHash { get; init; } = [];
    public long AcceptedAt { get; init; }
}

/// <summary>A mailing with where it stands and the latest that the gate said.</summary>
internal sealed class MailingView
{
    public required MailingRow Mailing { get; init; }
    public required MailingState State { get; init; }
    public required long ChangedAt { get; init; }
    public string? EndReason { get; init; }

    /// <summary>While it waits: when the gate looks at the person again at the latest.</summary>
    public long? NextLookAt { get; init; }

    /// <summary>Packed; none where the gate has not spoken yet.</summary>
    public byte[]? Explanation { get; init; }
}

internal static class Mailings
{
    private const string Columns =
        "m.mailing_id, m.customer_id, m.direct, m.template, m.template_version, m.class, m.intent, m.kind, m.channel, m.priority, m.not_before, "
        + "m.expires_at, m.collapse_key, m.campaign_id, m.sender, m.request_id, m.request_hash, m.accepted_at";

    /// <summary>False where the sender has used this request_id before; a twin's insert is waited for.</summary>
    public static async Task<bool> AddAsync(Transaction tx, MailingRow row) => await tx.ExecuteAsync(
        """
        INSERT INTO mailings (mailing_id, customer_id, direct, template, template_version, class, intent, kind, channel, priority, not_before,
          expires_at, collapse_key, campaign_id, sender, request_id, request_hash, accepted_at)
        VALUES (@MailingId, @CustomerId, @Direct, @Template, @TemplateVersion, @Class, @Intent, @Kind, @Channel, @Priority, @NotBefore,
          @ExpiresAt, @CollapseKey, @CampaignId, @Sender, @RequestId, @RequestHash, @AcceptedAt)
        ON CONFLICT (sender, request_id) DO NOTHING
        """,
        row) == 1;

    public static Task<MailingRow?> OfRequestAsync(Session session, string sender, string requestId) => session.FirstOrDefaultAsync<MailingRow>(
        $"SELECT {Columns} FROM mailings m WHERE m.sender = @sender AND m.request_id = @requestId", new { sender, requestId });

    public static Task KeepContentAsync(Transaction tx, Guid mailingId, byte[] content) => tx.ExecuteAsync(
        "INSERT INTO contents (mailing_id, sealed) VALUES (@mailingId, @content)", new { mailingId, content });

    /// <summary>Null for an id that is not known, or no longer.</summary>
    public static async Task<MailingView?> ViewAsync(Session session, Guid mailingId)
    {
        var row = await session.FirstOrDefaultAsync<StandingRow>(
            $"""
            SELECT {Columns}, q.state AS queue_state, q.committed_at, q.handed_at, d.due_at, e.state AS end_state, e.reason AS end_reason, e.ended_at,
              (SELECT v.explanation FROM verdicts v WHERE v.mailing_id = m.mailing_id ORDER BY v.decided_at DESC LIMIT 1) AS explanation
            FROM mailings m LEFT JOIN queue q ON q.mailing_id = m.mailing_id LEFT JOIN ended e ON e.mailing_id = m.mailing_id
              LEFT JOIN due d ON d.customer_id = m.customer_id
            WHERE m.mailing_id = @mailingId
            """,
            new { mailingId });
        if (row is null)
            return null;
        var state = (MailingState)(row.EndState ?? row.QueueState ?? 0);
        return new MailingView
        {
            Mailing = row,
            State = state,
            ChangedAt = row.EndedAt ?? (state switch
            {
                MailingState.Committed => row.CommittedAt,
                MailingState.Handed => row.HandedAt,
                _ => null,
            }) ?? row.AcceptedAt,
            EndReason = row.EndReason,
            NextLookAt = state == MailingState.Waiting ? row.DueAt : null,
            Explanation = row.Explanation,
        };
    }

    private sealed class StandingRow : MailingRow
    {
        public short? QueueState { get; init; }
        public long? CommittedAt { get; init; }
        public long? HandedAt { get; init; }
        public long? DueAt { get; init; }
        public short? EndState { get; init; }
        public string? EndReason { get; init; }
        public long? EndedAt { get; init; }
        public byte[]? Explanation { get; init; }
    }
}
