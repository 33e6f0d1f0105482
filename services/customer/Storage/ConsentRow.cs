using Loyalty.Customers.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Storage;

/// <summary>One row of <c>consents</c>.</summary>
internal sealed record ConsentRow
{
    public Guid CustomerId { get; init; }

    public int Purpose { get; init; }

    public int Channel { get; init; }

    public long Revision { get; init; }

    public DateTimeOffset? GivenAt { get; init; }

    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>How the latest giving is known; sealed under the customer's key.</summary>
    public byte[]? Evidence { get; init; }

    public Consent Consent => new(GivenAt, WithdrawnAt);

    public static Task<List<ConsentRow>> OfAsync(Session session, Guid customerId) => session.QueryAsync<ConsentRow>(
        """
        SELECT customer_id, purpose, channel, revision, given_at, withdrawn_at, evidence
        FROM consents
        WHERE customer_id = @customerId
        ORDER BY purpose, channel
        """,
        new { customerId });

    /// <summary>Writes the row; the caller holds the lock on the customer.</summary>
    public Task SaveAsync(Transaction tx) => tx.ExecuteAsync(
        """
        INSERT INTO consents (customer_id, purpose, channel, revision, given_at, withdrawn_at, evidence)
        VALUES (@CustomerId, @Purpose, @Channel, @Revision, @GivenAt, @WithdrawnAt, @Evidence)
        ON CONFLICT (customer_id, purpose, channel) DO UPDATE SET
          revision = excluded.revision, given_at = excluded.given_at, withdrawn_at = excluded.withdrawn_at, evidence = excluded.evidence
        """,
        this);
}
