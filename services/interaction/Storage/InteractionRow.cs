using Loyalty.Interactions.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Interactions.Storage;

/// <summary>One row of <c>interactions</c>: a fact as it was told last.</summary>
internal sealed record InteractionRow
{
    public const string Columns =
        "interaction_id, customer_id, kind, source_system, source_id, occurred_at, recorded_at, revision, currency, units, nanos, text";

    public Guid InteractionId { get; init; }

    public Guid CustomerId { get; init; }

    public int Kind { get; init; }

    public string SourceSystem { get; init; } = "";

    public string SourceId { get; init; } = "";

    public DateTimeOffset OccurredAt { get; init; }

    /// <summary>When the fact was told first.</summary>
    public DateTimeOffset RecordedAt { get; init; }

    public long Revision { get; init; }

    public string? Currency { get; init; }

    public long? Units { get; init; }

    public int? Nanos { get; init; }

    /// <summary>Sealed under the customer's key; null without text.</summary>
    public byte[]? Text { get; init; }

    public Money? Value => Currency is null ? null : new Money(Currency, Units ?? 0, Nanos ?? 0);

    public static Task<InteractionRow> ReadAsync(Session session, Guid interactionId) => session.SingleAsync<InteractionRow>(
        $"SELECT {Columns} FROM interactions WHERE interaction_id = @interactionId", new { interactionId });

    public InteractionRow Telling(Fact fact, byte[]? text) => this with
    {
        CustomerId = fact.CustomerId,
        Kind = (int)fact.Kind,
        OccurredAt = fact.OccurredAt,
        Revision = Revision + 1,
        Currency = fact.Value?.Currency,
        Units = fact.Value?.Units,
        Nanos = fact.Value?.Nanos,
        Text = text,
    };

    /// <summary>Writes the row; the caller holds the lock on its key.</summary>
    public Task SaveAsync(Transaction tx) => tx.ExecuteAsync(
        $"""
        INSERT INTO interactions ({Columns})
        VALUES (@InteractionId, @CustomerId, @Kind, @SourceSystem, @SourceId, @OccurredAt, @RecordedAt, @Revision, @Currency, @Units, @Nanos, @Text)
        ON CONFLICT (interaction_id) DO UPDATE SET
          customer_id = excluded.customer_id, kind = excluded.kind, occurred_at = excluded.occurred_at, revision = excluded.revision,
          currency = excluded.currency, units = excluded.units, nanos = excluded.nanos, text = excluded.text
        """,
        this);
}
