using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Interactions.Storage;

/// <summary>One row of <c>fact_keys</c>: which interaction a source's fact became, and what it said last.</summary>
internal sealed record FactKey
{
    public string SourceSystem { get; init; } = "";

    public string SourceId { get; init; } = "";

    public Guid InteractionId { get; init; }

    public byte[] Content { get; init; } = [];

    /// <summary>Claims the key; false when the fact is known. Whoever tells it at the same time waits here until the first has committed.</summary>
    public async Task<bool> TryClaimAsync(Transaction tx) => await tx.ExecuteAsync(
        """
        INSERT INTO fact_keys (source_system, source_id, interaction_id, content)
        VALUES (@SourceSystem, @SourceId, @InteractionId, @Content)
        ON CONFLICT (source_system, source_id) DO NOTHING
        """,
        this) == 1;

    /// <summary>Reads a known key and holds its lock until the transaction ends.</summary>
    public static Task<FactKey> LockAsync(Transaction tx, string sourceSystem, string sourceId) => tx.SingleAsync<FactKey>(
        $"""
        SELECT source_system, source_id, interaction_id, content
        FROM fact_keys
        WHERE source_system = @sourceSystem AND source_id = @sourceId {tx.Sql("FOR UPDATE", "")}
        """,
        new { sourceSystem, sourceId });

    public Task SaveContentAsync(Transaction tx, byte[] content) => tx.ExecuteAsync(
        "UPDATE fact_keys SET content = @content WHERE source_system = @SourceSystem AND source_id = @SourceId",
        new { content, SourceSystem, SourceId });
}
