using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>What the gate said of one mailing at one instant, packed.</summary>
internal sealed class VerdictRow
{
    public Guid MailingId { get; init; }
    public long DecidedAt { get; init; }
    public byte[] Explanation { get; init; } = [];
}

/// <summary>Decisions, insert only.</summary>
internal static class StoredVerdicts
{
    public static Task AddAsync(Transaction tx, IReadOnlyList<VerdictRow> rows) => tx.WriteManyAsync(
        """
        INSERT INTO verdicts (mailing_id, decided_at, explanation) SELECT * FROM unnest(@ids, @instants, @explanations)
        ON CONFLICT (mailing_id, decided_at) DO UPDATE SET explanation = excluded.explanation
        """,
        """
        INSERT INTO verdicts (mailing_id, decided_at, explanation) VALUES (@MailingId, @DecidedAt, @Explanation)
        ON CONFLICT (mailing_id, decided_at) DO UPDATE SET explanation = excluded.explanation
        """,
        rows,
        all => new
        {
            ids = all.Select(r => r.MailingId).ToArray(),
            instants = all.Select(r => r.DecidedAt).ToArray(),
            explanations = all.Select(r => r.Explanation).ToArray(),
        },
        row => row);
}
