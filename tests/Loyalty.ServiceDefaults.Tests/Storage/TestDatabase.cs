using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Storage;

/// <summary>A fresh database of either kind, with the schema applied.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly TempFolder folder;

    private TestDatabase(TempFolder folder, string connectionString, TimeProvider clock)
    {
        this.folder = folder;
        ConnectionString = connectionString;
        Database = new Database<ProbeModule>("customer", connectionString, clock);
    }

    public string ConnectionString { get; }

    public Database<ProbeModule> Database { get; }

    public static async Task<TestDatabase> CreateAsync(Provider provider, TimeProvider? clock = null, bool schema = true)
    {
        var place = new TempFolder("storage");
        var address = await AddressAsync(provider, place);
        var created = new TestDatabase(place, address, clock ?? TimeProvider.System);
        if (schema)
            await SchemaRunner.ApplyAsync(created.Database, SchemaScript.Of("defaults", typeof(Database).Assembly, provider), default);
        return created;
    }

    public static async Task<string> AddressAsync(Provider provider, TempFolder folder) =>
        provider == Provider.Postgres ? await SharedServers.CreateDatabaseAsync("storage") : $"Data Source={folder["customer.db"]}";

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        folder.Dispose();
    }
}
