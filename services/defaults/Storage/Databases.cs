using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>The modules of this host, each with its database.</summary>
public sealed class Databases(IEnumerable<(ServiceModule Module, Database Database)> all)
{
    public IReadOnlyList<(ServiceModule Module, Database Database)> All { get; } = [.. all];

    /// <exception cref="InvalidOperationException">The module does not run in this host.</exception>
    public Database Of(string service) => All.Single(pair => string.Equals(pair.Module.Name, service, StringComparison.Ordinal)).Database;
}
