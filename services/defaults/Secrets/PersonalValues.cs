using System.Security.Cryptography;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Secrets;

/// <summary>
/// Data keys, one per customer, wrapped by the service's master key. Nothing is cached: a destroyed key is gone for every replica with the
/// commit that destroyed it.
/// </summary>
/// <typeparam name="TModule">The service whose keys they are.</typeparam>
public sealed class PersonalValues<TModule>
    where TModule : ServiceModule
{
    private readonly KeyRing ring;

    public PersonalValues(TModule module, IConfiguration configuration) => ring = KeyRing.From(configuration, module.Name);

    /// <summary>The customer's key, or null when there is none (any more).</summary>
    public async Task<CustomerKey?> KeyAsync(Session session, Guid customerId) =>
        await session.FirstOrDefaultAsync<byte[]>("SELECT wrapped FROM data_keys WHERE customer_id = @customerId", new { customerId }) is { } wrapped
            ? new CustomerKey(customerId, ring.Unwrap(wrapped, customerId))
            : null;

    /// <summary>The keys of many customers in one statement; those without one are missing.</summary>
    public async Task<Dictionary<Guid, CustomerKey>> KeysAsync(Session session, IReadOnlyCollection<Guid> customerIds)
    {
        var rows = await session.QueryAsync<Row>(
            $"SELECT customer_id, wrapped FROM data_keys WHERE {session.AnyOf("customer_id", "@ids")}", new { ids = customerIds.ToArray() });
        return rows.ToDictionary(row => row.CustomerId, row => new CustomerKey(row.CustomerId, ring.Unwrap(row.Wrapped, row.CustomerId)));
    }

    /// <summary>Makes the customer's key, or returns the one that is there.</summary>
    public async Task<CustomerKey> CreateKeyAsync(Transaction transaction, Guid customerId)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var created = await transaction.ExecuteAsync(
            "INSERT INTO data_keys (customer_id, wrapped, created_at) VALUES (@customerId, @wrapped, @now) ON CONFLICT (customer_id) DO NOTHING",
            new { customerId, wrapped = ring.Wrap(key, customerId), now = TimeProvider.System.GetUtcNow() });
        if (created == 1)
            return new CustomerKey(customerId, key);
        return await KeyAsync(transaction, customerId)
            ?? throw new InvalidOperationException("the data key was destroyed while it was read");
    }

    /// <summary>Makes everything sealed for these customers unreadable for ever.</summary>
    public Task DestroyKeysAsync(Transaction transaction, IReadOnlyCollection<Guid> customerIds) =>
        transaction.ExecuteAsync(
            $"DELETE FROM data_keys WHERE {transaction.AnyOf("customer_id", "@ids")}", new { ids = customerIds.ToArray() });

    /// <summary>
    /// Wraps up to 500 data keys that an older master key wrapped under the newest one; returns how many there were. When it returns 0
    /// the older master keys can be taken away.
    /// </summary>
    /// <param name="after">The last customer looked at; start with <see cref="Guid.Empty"/>.</param>
    public async Task<(int Wrapped, Guid? Last)> RewrapAsync(Transaction transaction, Guid after)
    {
        var rows = await transaction.QueryAsync<Row>(
            "SELECT customer_id, wrapped FROM data_keys WHERE customer_id > @after ORDER BY customer_id LIMIT 500"
            + transaction.Sql(" FOR UPDATE", ""),
            new { after });
        var old = rows.Where(row => !string.Equals(KeyRing.IdOf(row.Wrapped), ring.Newest, StringComparison.Ordinal)).ToList();
        foreach (var row in old)
        {
            await transaction.ExecuteAsync(
                "UPDATE data_keys SET wrapped = @wrapped WHERE customer_id = @CustomerId",
                new { row.CustomerId, wrapped = ring.Wrap(ring.Unwrap(row.Wrapped, row.CustomerId), row.CustomerId) });
        }

        return (old.Count, rows.Count == 0 ? null : rows[^1].CustomerId);
    }

    private sealed record Row(Guid CustomerId, byte[] Wrapped);
}
