using System.Globalization;
using System.Text.RegularExpressions;
using Loyalty.TestKit;
using Npgsql;

namespace Loyalty.Benchmarks.Load;

/// <summary>PostgreSQL's own benchmark: prepared inserts of one row per transaction, with the durability that the server is set to.</summary>
internal static partial class PgBench
{
    private const string Script = "INSERT INTO bench_rows (id, customer_id, at, content) VALUES (gen_random_uuid(), gen_random_uuid(), :at, :text);";

    private static readonly string Program = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetFiles("/usr/lib/postgresql", "pgbench", SearchOption.AllDirectories).Order(StringComparer.Ordinal).LastOrDefault() ?? "pgbench"
        : "pgbench";

    /// <summary>Answers the inserts per second.</summary>
    public static async Task<double> InsertsAsync(string connectionString, int connections, TimeSpan span, CancellationToken cancellationToken)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        await using (var source = NpgsqlDataSource.Create(connectionString))
        await using (var command = source.CreateCommand("DROP TABLE IF EXISTS bench_rows; CREATE TABLE bench_rows (id uuid PRIMARY KEY, customer_id uuid NOT NULL, at bigint NOT NULL, content text NOT NULL)"))
            await command.ExecuteNonQueryAsync(cancellationToken);
        using var folder = new TempFolder("pgbench");
        await File.WriteAllTextAsync(folder["insert.sql"], Script, cancellationToken);
        var start = new ChildStart(
            Program,
            [
                "-h", server.Host ?? "127.0.0.1", "-p", $"{server.Port}", "-U", server.Username ?? "postgres", "-n", "-M", "prepared",
                "-c", $"{connections}", "-j", $"{Math.Min(connections, Environment.ProcessorCount)}", "-T", $"{(int)Math.Max(1, span.TotalSeconds)}",
                "-D", $"at={TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}", "-D", $"text={new string('x', 200)}",
                "-f", folder["insert.sql"], server.Database ?? "postgres",
            ])
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = server.Password },
        };
        await using var pgbench = ChildProcess.Start(start);
        var code = await pgbench.WaitForExitAsync(span + TimeSpan.FromMinutes(1), cancellationToken);
        var rate = Rate().Match(pgbench.Output);
        return code == 0 && rate.Success
            ? double.Parse(rate.Groups["value"].ValueSpan, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench ended with {code}:\n{pgbench.Output}");
    }

    [GeneratedRegex(@"tps = (?<value>[\d.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rate();
}
