using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>The module's own database: it answers, and its schema is the one that this release needs.</summary>
internal sealed class DatabaseProbe(ServiceModule module, Databases databases) : IDependencyProbe
{
    private bool schemaSeen;

    public string Name => $"database:{module.Name}";

    public bool Required => true;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var database = databases.Of(module.Name);
        if (schemaSeen)
        {
            await database.ReadAsync(session => session.SingleAsync<int>("SELECT 1"), cancellationToken);
            return;
        }

        var missing = await SchemaRunner.MissingAsync(module, database, cancellationToken);
        if (missing.Count > 0)
            throw new InvalidOperationException($"The schema lacks {string.Join(", ", missing)}.");
        schemaSeen = true;
    }
}
