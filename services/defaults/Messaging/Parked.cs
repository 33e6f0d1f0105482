using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Which people have an event that is parked or has failed, so that what is known of them may be out of date.</summary>
/// <typeparam name="TModule">The hearing module.</typeparam>
public sealed class Parked<TModule>
    where TModule : ServiceModule
{
    /// <summary>Those among the given customers, by the database of the session.</summary>
#pragma warning disable CA1822 // an instance is injected, so that a feature cannot ask the wrong module
    public async Task<HashSet<Guid>> OfAsync(Session session, IReadOnlyCollection<Guid> customerIds)
#pragma warning restore CA1822
    {
        var ids = customerIds.ToArray();
        return [.. await session.QueryAsync<Guid>(
            $"SELECT DISTINCT customer_id FROM inbox_parked_subjects WHERE {session.AnyOf("customer_id", "@ids")}", new { ids })];
    }
}
