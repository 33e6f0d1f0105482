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
        if (session.Provider == Provider.Postgres)
        {
            return [.. await session.QueryAsync<Guid>(
                "SELECT DISTINCT customer_id FROM inbox_parked_subjects WHERE customer_id = ANY(@ids)", new { ids = customerIds.ToArray() })];
        }

        var found = new HashSet<Guid>();
        foreach (var ids in customerIds.Chunk(500))
            found.UnionWith(await session.QueryAsync<Guid>("SELECT DISTINCT customer_id FROM inbox_parked_subjects WHERE customer_id IN @ids", new { ids }));
        return found;
    }
}
