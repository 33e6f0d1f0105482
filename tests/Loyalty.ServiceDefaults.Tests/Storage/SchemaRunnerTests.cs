using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Storage;

public sealed class SchemaRunnerTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    public static TheoryData<Provider> Both => [Provider.Postgres, Provider.Sqlite];

    [Theory, MemberData(nameof(Both))]
    public async Task Replicas_that_start_together_apply_each_script_once(Provider provider)
    {
        using var folder = new TempFolder("schema");
        var address = await TestDatabase.AddressAsync(provider, folder);
        List<SchemaScript> scripts =
        [
            new("probe", "0001_first", "CREATE TABLE first_things (n bigint); INSERT INTO first_things VALUES (1);"),
            new("probe", "0002_second", "INSERT INTO first_things VALUES (2);"),
        ];
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), Ct, async (_, ct) =>
        {
            await using var replica = new Database<ProbeModule>("customer", address, TimeProvider.System);
            await SchemaRunner.ApplyAsync(replica, scripts, ct);
        });
        await using var database = new Database<ProbeModule>("customer", address, TimeProvider.System);
        (await database.ReadAsync(s => s.QueryAsync<long>("SELECT n FROM first_things ORDER BY n"), Ct)).ShouldBe([1, 2]);
        (await database.ReadAsync(s => s.SingleAsync<long>("SELECT count(*) FROM schema_scripts"), Ct)).ShouldBe(2);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_script_that_was_changed_after_it_was_applied_is_refused_by_name(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider, schema: false);
        await SchemaRunner.ApplyAsync(store.Database, [new("probe", "0001_first", "CREATE TABLE a (n bigint);")], Ct);
        var refused = await Should.ThrowAsync<SchemaException>(
            SchemaRunner.ApplyAsync(store.Database, [new("probe", "0001_first", "CREATE TABLE b (n bigint);")], Ct));
        refused.Message.ShouldContain("probe/0001_first");
        refused.Message.ShouldContain("changed");
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_script_that_fails_leaves_nothing_behind_and_is_named(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider, schema: false);
        List<SchemaScript> scripts = [new("probe", "0001_first", "CREATE TABLE a (n bigint);"), new("probe", "0002_bad", "CREATE TABEL b (n bigint);")];
        var failed = await Should.ThrowAsync<SchemaException>(SchemaRunner.ApplyAsync(store.Database, scripts, Ct));
        failed.Message.ShouldContain("probe/0002_bad");
        await SchemaRunner.ApplyAsync(store.Database, scripts[..1], Ct); // would fail if table a were there
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_database_that_is_ahead_is_left_alone_so_that_a_release_can_be_rolled_back(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider, schema: false);
        List<SchemaScript> scripts = [new("probe", "0001_first", "CREATE TABLE a (n bigint);"), new("probe", "0002_next", "CREATE TABLE b (n bigint);")];
        await SchemaRunner.ApplyAsync(store.Database, scripts, Ct);
        await SchemaRunner.ApplyAsync(store.Database, scripts[..1], Ct);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_is_missing_is_known_before_and_after(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider, schema: false);
        (await SchemaRunner.MissingAsync(new ProbeModule(), store.Database, Ct)).ShouldContain("defaults/0001_defaults");
        await SchemaRunner.ApplyAsync(store.Database, SchemaScript.Of("defaults", typeof(Database).Assembly, provider), Ct);
        (await SchemaRunner.MissingAsync(new ProbeModule(), store.Database, Ct)).ShouldBeEmpty();
    }

    [Fact]
    public void Both_databases_have_the_same_scripts()
    {
        var postgres = SchemaScript.Of("defaults", typeof(Database).Assembly, Provider.Postgres);
        var sqlite = SchemaScript.Of("defaults", typeof(Database).Assembly, Provider.Sqlite);
        postgres.Select(script => script.Name).ShouldBe(sqlite.Select(script => script.Name));
        postgres.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task SQLite_runs_with_the_settings_that_durability_and_erasure_need()
    {
        await using var store = await TestDatabase.CreateAsync(Provider.Sqlite);
        var settings = new List<string>();
        foreach (var pragma in new[] { "journal_mode", "synchronous", "secure_delete", "busy_timeout", "wal_autocheckpoint" })
            settings.Add($"{pragma}={await store.Database.ReadAsync(s => s.SingleAsync<string>($"PRAGMA {pragma}"), Ct)}");
        settings.ShouldBe(["journal_mode=wal", "synchronous=2", "secure_delete=1", "busy_timeout=5000", "wal_autocheckpoint=16000"]);
    }
}
