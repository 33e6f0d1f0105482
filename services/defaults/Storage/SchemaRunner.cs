using System.Data.Common;
using Dapper;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>
/// Applies the numbered scripts that a database does not have yet, all in one transaction. Replicas that start together wait for each
/// other. Scripts newer than this release are left alone, so that a release can be rolled back.
/// </summary>
public static class SchemaRunner
{
    // Any number will do as long as it stays: replicas of one release and the next must meet on it.
    private const long AdvisoryLock = 0x4C4F59414C5459;

    /// <summary>Brings the databases of all modules in this host up to this release.</summary>
    /// <exception cref="SchemaException">A script was changed after it had been applied.</exception>
    public static async Task ApplyAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        foreach (var (module, database) in services.GetRequiredService<Databases>().All)
            await ApplyAsync(database, Scripts(module, database.Provider), cancellationToken);
    }

    /// <summary>The scripts, "customer/0002_cards", that this release needs and the database does not have as they are here; none when it is right.</summary>
    public static async Task<IReadOnlyList<string>> MissingAsync(
        ServiceModule module, Database database, CancellationToken cancellationToken) =>
        await database.ReadAsync<IReadOnlyList<string>>(
            async session =>
            {
                var table = await session.FirstOrDefaultAsync<string>(session.Sql(
                    "SELECT to_regclass('schema_scripts')::text", "SELECT name FROM sqlite_master WHERE name = 'schema_scripts'"));
                var applied = table is null ? [] : await AppliedAsync(session.Connection, null);
                return [.. Scripts(module, database.Provider)
                    .Where(script => !applied.TryGetValue((script.Owner, script.Name), out var hash) || hash != script.Hash)
                    .Select(script => $"{script.Owner}/{script.Name}")];
            },
            cancellationToken);

    internal static async Task ApplyAsync(Database database, IReadOnlyList<SchemaScript> scripts, CancellationToken cancellationToken)
    {
        using var turn = await database.WriterAsync(cancellationToken);
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await database.BeginAsync(connection, cancellationToken);
        // On SQLite BEGIN IMMEDIATE is the lock. It is held to the commit; ten minutes are enough for the release that goes first.
        if (database.Provider == Provider.Postgres)
            await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@AdvisoryLock)", new { AdvisoryLock }, transaction, commandTimeout: 600);
        await connection.ExecuteAsync(
            """
            CREATE TABLE IF NOT EXISTS schema_scripts (
              owner text NOT NULL, name text NOT NULL, hash text NOT NULL, applied_at bigint NOT NULL, PRIMARY KEY (owner, name))
            """,
            transaction: transaction);
        var applied = await AppliedAsync(connection, transaction);
        foreach (var script in scripts)
        {
            if (applied.TryGetValue((script.Owner, script.Name), out var hash))
            {
                if (hash != script.Hash)
                    throw new SchemaException(database.Name, script, "was changed after it had been applied; write a new script instead");
                continue;
            }

            await RunAsync(database, connection, transaction, script);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task RunAsync(Database database, DbConnection connection, DbTransaction transaction, SchemaScript script)
    {
        try
        {
            await connection.ExecuteAsync(script.Sql, transaction: transaction, commandTimeout: 600);
        }
        catch (DbException e)
        {
            throw new SchemaException(database.Name, script, "does not run: " + e.Message, e);
        }

        await connection.ExecuteAsync(
            "INSERT INTO schema_scripts (owner, name, hash, applied_at) VALUES (@Owner, @Name, @Hash, @now)",
            new { script.Owner, script.Name, script.Hash, now = Instant.Of(TimeProvider.System.GetUtcNow()) },
            transaction);
    }

    private static List<SchemaScript> Scripts(ServiceModule module, Provider provider) =>
    [
        .. SchemaScript.Of("defaults", typeof(SchemaRunner).Assembly, provider),
        .. SchemaScript.Of(module.Name, module.GetType().Assembly, provider),
    ];

    private static async Task<Dictionary<(string Owner, string Name), string>> AppliedAsync(DbConnection connection, DbTransaction? transaction) =>
        (await connection.QueryAsync<(string Owner, string Name, string Hash)>(
            "SELECT owner, name, hash FROM schema_scripts", transaction: transaction))
        .ToDictionary(row => (row.Owner, row.Name), row => row.Hash);
}
