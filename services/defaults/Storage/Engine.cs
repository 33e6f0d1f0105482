using System.Data.Common;
using System.Security.Cryptography;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>What differs between the two databases below SQL.</summary>
internal abstract class Engine : IAsyncDisposable
{
    public abstract Provider Provider { get; }

    public static Engine For(string name, string connectionString)
    {
        RowMapping.Ensure();
        var keys = new DbConnectionStringBuilder { ConnectionString = connectionString };
        if (keys.ContainsKey("Host") || keys.ContainsKey("Server"))
            return new PostgresEngine(name, connectionString);
        if (keys.ContainsKey("Data Source"))
            return new SqliteEngine(connectionString);
        throw new InvalidOperationException(
            $"ConnectionStrings__{name} must begin with Host= (PostgreSQL) or Data Source= (SQLite)");
    }

    public abstract Task<DbConnection> OpenAsync(CancellationToken cancellationToken);

    public abstract ValueTask<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>A transaction to act in; on SQLite it may be shared with others that wait, each in a savepoint of its own.</summary>
    public abstract Task<Turn> TurnAsync(CancellationToken cancellationToken);

    /// <summary>The turn to write alone; null where the database orders writers itself.</summary>
    public abstract Task<IDisposable?> WriterAsync(CancellationToken cancellationToken);

    /// <summary>The database says that the transaction did not happen and may be tried again: a deadlock, a lost race.</summary>
    public abstract bool RolledBack(DbException failure);

    /// <summary>Will pass by itself: another try makes sense as long as no commit was asked for.</summary>
    public abstract bool IsPassing(DbException failure);

    /// <summary>The server or its file cannot be reached.</summary>
    public abstract bool IsAway(DbException failure);

    public abstract ValueTask DisposeAsync();

    /// <summary>10 ms, doubled with each attempt, with half of it left to chance so that two that met do not meet again.</summary>
    public static Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        var most = 10 << attempt;
        return Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(most / 2, most)), cancellationToken);
    }
}
