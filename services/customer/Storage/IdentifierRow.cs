using Loyalty.Customers.Domain;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Storage;

/// <summary>One row of <c>identifiers</c>.</summary>
internal sealed record IdentifierRow
{
    /// <summary>What a till waits for.</summary>
    public const string Owner = "SELECT customer_id FROM identifiers WHERE lookup = @lookup AND ended_at IS NULL";

    public Guid IdentifierId { get; init; }

    public Guid CustomerId { get; init; }

    public int Kind { get; init; }

    public string System { get; init; } = "";

    public byte[] Lookup { get; init; } = [];

    /// <summary>The canonical value, sealed under the customer's key.</summary>
    public byte[] Value { get; init; } = [];

    public DateTimeOffset LinkedAt { get; init; }

    public static IdentifierRow Of(Guid customerId, Identifier identifier, CustomerKey key, LookupHash lookups, DateTimeOffset now) => new()
    {
        IdentifierId = Guid.CreateVersion7(now),
        CustomerId = customerId,
        Kind = (int)identifier.Kind,
        System = identifier.System,
        Lookup = LookupOf(identifier, lookups),
        Value = key.Seal(identifier.Value),
        LinkedAt = now,
    };

    public static byte[] LookupOf(Identifier identifier, LookupHash lookups) => lookups.Of(identifier.Kind.ToString(), identifier.LookupValue);

    /// <summary>The person's active identifiers, the first linked first.</summary>
    public static Task<List<IdentifierRow>> ActiveOfAsync(Session session, Guid customerId) => session.QueryAsync<IdentifierRow>(
        """
        SELECT identifier_id, customer_id, kind, system, lookup, value, linked_at
        FROM identifiers
        WHERE customer_id = @customerId AND ended_at IS NULL
        ORDER BY linked_at, identifier_id
        """,
        new { customerId });

    /// <summary>Who has it now; null when nobody has.</summary>
    public static Task<Guid?> OwnerAsync(Session session, byte[] lookup) => session.FirstOrDefaultAsync<Guid?>(Owner, new { lookup });

    /// <summary>Links it; false when it is somebody's already. The unique index is the judge, so racing callers wait here for each other.</summary>
    public async Task<bool> TryLinkAsync(Transaction tx) => await tx.ExecuteAsync(
        """
        INSERT INTO identifiers (identifier_id, customer_id, kind, system, lookup, value, linked_at)
        VALUES (@IdentifierId, @CustomerId, @Kind, @System, @Lookup, @Value, @LinkedAt)
        ON CONFLICT (lookup) WHERE ended_at IS NULL DO NOTHING
        """,
        this) == 1;

    public Identifier Open(CustomerKey key) => new((IdentifierKind)Kind, key.Open(Value), System);
}
