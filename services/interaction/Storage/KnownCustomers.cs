using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Interactions.Storage;

/// <summary>The people whom customer told us of.</summary>
internal static class KnownCustomers
{
    public static async Task<bool> HasAsync(Session session, Guid customerId) =>
        await session.FirstOrDefaultAsync<int>("SELECT 1 FROM known_customers WHERE customer_id = @customerId", new { customerId }) == 1;

    public static Task AddAsync(Transaction tx, Guid customerId) => tx.ExecuteAsync(
        "INSERT INTO known_customers (customer_id) VALUES (@customerId) ON CONFLICT (customer_id) DO NOTHING", new { customerId });
}
