using System.Globalization;
using Npgsql;

namespace Loyalty.TestKit;

/// <summary>A private PostgreSQL on 127.0.0.1 with fsync on and its data in a temporary folder.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly TempFolder folder = new("postgres");
    private readonly ServerProcess server;
    private readonly string? account = Environment.IsPrivilegedProcess ? "postgres" : null; // PostgreSQL refuses to run as root
    private readonly string data;

    private PostgresServer()
    {
        data = folder["data"];
        server = new ServerProcess("PostgreSQL", Launch, AnswersAsync, Signal.Interrupt);
        ConnectionString = $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Maximum Pool Size=30;Include Error Detail=true";
    }

    /// <summary>The port on 127.0.0.1, the same after every restart.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>The maintenance database, as superuser.</summary>
    public string ConnectionString { get; }

    /// <summary>Creates a cluster and starts it.</summary>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellation = default)
    {
        var postgres = new PostgresServer();
        try
        {
            await postgres.CreateClusterAsync(cancellation);
            await postgres.server.StartAsync(cancellation);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates an empty database whose name begins with the given one and returns its connection string.</summary>
    public Task<string> CreateDatabaseAsync(string name, CancellationToken cancellation = default) => CreateDatabaseAsync(ConnectionString, name, cancellation);

    /// <summary>Stops it in order (clients are disconnected, everything is written).</summary>
    public Task StopAsync(CancellationToken cancellation = default) => server.StopAsync(cancellation);

    /// <summary>Kills it with -9: it recovers from its log at the next start.</summary>
    public Task KillAsync() => server.KillAsync();

    /// <summary>Starts it again on the same port and data.</summary>
    public Task StartAgainAsync(CancellationToken cancellation = default) => server.StartAsync(cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    internal static async Task<string> CreateDatabaseAsync(string server, string name, CancellationToken cancellation)
    {
        var database = TestNames.Unique(name);
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync(cancellation);
        await using var create = new NpgsqlCommand($"CREATE DATABASE {database}", connection);
        await create.ExecuteNonQueryAsync(cancellation);
        return new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;
    }

    private static string Program(string name)
    {
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0).FirstOrDefault()
            : null;
        return debian is null ? name : Path.Combine(debian, "bin", name);
    }

    private async Task CreateClusterAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(data);
        if (account is not null)
        {
            await using var chown = ChildProcess.Start(new ChildStart("chown", ["-R", account, folder.FullPath]));
            await chown.WaitForExitAsync(cancellation: cancellation);
        }

        await using var initdb = ChildProcess.Start(new ChildStart(
            Program("initdb"), ["--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
        {
            User = account,
            WorkingDirectory = folder.FullPath,
        });
        if (await initdb.WaitForExitAsync(TimeSpan.FromSeconds(60), cancellation) != 0) throw new InvalidOperationException($"initdb failed:\n{initdb.Output}");
    }

    private ChildProcess Launch() => ChildProcess.Start(new ChildStart(
        Program("postgres"),
        [
            "-D", data, "-p", $"{Port}",
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200",
            "-c", "shared_buffers=128MB", "-c", "max_wal_size=2GB", "-c", "fsync=on", "-c", "timezone=UTC", "-c", "log_timezone=UTC",
        ])
    {
        User = account,
        WorkingDirectory = folder.FullPath,
        LogFile = folder["server.log"],
    });

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        // Unpooled: a pooled connection may be a dead one from before a restart, and would be taken for an answer's absence.
        await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false;Timeout=3");
        await connection.OpenAsync(cancellation);
        return true;
    }
}
