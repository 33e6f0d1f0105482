using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Loyalty.ServiceDefaults.Storage;

internal sealed class SqliteEngine : Engine
{
    private const int Busy = 5, Locked = 6, IoError = 10, Full = 13, CannotOpen = 14;

    // FULL: a commit is on the disk when it returns. secure_delete: what was erased is overwritten, not only unlinked.
    private const string Pragmas =
        "PRAGMA busy_timeout=5000; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
        + "PRAGMA wal_autocheckpoint=16000; PRAGMA foreign_keys=ON;";

    // SQLite lets one writer in at a time and makes the others poll; a queue in front of it is faster and fair. One per file and process.
    private static readonly ConcurrentDictionary<string, SqliteWriters> Writers = new(StringComparer.Ordinal);

    private readonly ConditionalWeakTable<sqlite3, object> ready = [];
    private readonly string connectionString;
    private readonly SqliteWriters writers;

    static SqliteEngine() => Batteries_V2.Init();

    public SqliteEngine(string connectionString)
    {
        var settings = new SqliteConnectionStringBuilder(connectionString) { Pooling = true };
        var file = Path.GetFullPath(settings.DataSource);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!); // a full path always has a folder
        settings.DataSource = file;
        this.connectionString = settings.ToString();
        writers = Writers.GetOrAdd(file, _ => new SqliteWriters());
    }

    public override Provider Provider => Provider.Sqlite;

    public override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => await ConnectAsync(cancellationToken);

    public override Task<Turn> TurnAsync(CancellationToken cancellationToken) => writers.TurnAsync(ConnectAsync, cancellationToken);

    private async Task<SqliteConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            Prepare(connection);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override ValueTask<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) =>
        ValueTask.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(IsolationLevel.Serializable, deferred: false));

    public override async Task<IDisposable?> WriterAsync(CancellationToken cancellationToken) => await writers.AloneAsync(cancellationToken);

    public override bool RolledBack(DbException failure) => false;

    public override bool IsPassing(DbException failure) => failure is SqliteException { SqliteErrorCode: Busy or Locked };

    public override bool IsAway(DbException failure) =>
        failure is SqliteException { SqliteErrorCode: Busy or Locked or IoError or Full or CannotOpen };

    public override ValueTask DisposeAsync()
    {
        using var connection = new SqliteConnection(connectionString);
        SqliteConnection.ClearPool(connection);
        return ValueTask.CompletedTask;
    }

    /// <summary>The pool hands out the same native connections again; each needs its pragmas once.</summary>
    private void Prepare(SqliteConnection connection)
    {
        if (connection.Handle is not { } handle || ready.TryGetValue(handle, out _))
            return;
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
        ready.AddOrUpdate(handle, this);
    }
}
