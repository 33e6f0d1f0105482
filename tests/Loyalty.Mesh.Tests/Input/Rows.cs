using Microsoft.Data.Sqlite;

namespace Loyalty.Mesh.Tests.Input;

/// <summary>How many rows each table of each SQLite file of a mesh has, looked at from outside.</summary>
internal sealed class Rows
{
    // They change by themselves, also where nobody calls.
    private static readonly string[] Restless = ["heartbeats", "leases", "inbox"];

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>"customer.customers = 1", one line per table; of outbox rows only what is said about people.</summary>
    public string Text => string.Join('\n', _counts.Select(count => $"{count.Key} = {count.Value}"));

    /// <summary>Whether every event was told: nothing that happened earlier may look like the work of a call that is made now.</summary>
    public bool Settled => _counts.Where(count => count.Key.EndsWith(".outbox", StringComparison.Ordinal)).All(count => count.Value == 0);

    public static async Task<Rows> CountAsync(string folder)
    {
        var rows = new Rows();
        foreach (var file in Directory.EnumerateFiles(folder, "*.db"))
        {
            await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
            await connection.OpenAsync();
            await using var transaction = connection.BeginTransaction(deferred: true); // all tables as of one moment
            foreach (var table in await TablesAsync(connection))
                rows._counts[$"{Path.GetFileNameWithoutExtension(file)}.{table}"] = await CountAsync(connection, table);
        }

        return rows;
    }

    private static async Task<List<string>> TablesAsync(SqliteConnection connection)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        await using var reader = await command.ExecuteReaderAsync();
        var tables = new List<string>();
        while (await reader.ReadAsync())
            tables.Add(reader.GetString(0));
        return [.. tables.Except(Restless)];
    }

    private static async Task<long> CountAsync(SqliteConnection connection, string table)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table} {(table == "outbox" ? "WHERE type NOT LIKE '%Heartbeat'" : "")}";
        return (long)(await command.ExecuteScalarAsync())!; // count(*) is a number
    }
}
