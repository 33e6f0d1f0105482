using System.Data.Common;
using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>A service's own database. Nobody else reads it.</summary>
public abstract class Database
{
    private const int Tries = 6;
    private readonly Engine engine;

    private protected Database(string name, string connectionString, TimeProvider clock)
    {
        Name = name;
        Clock = clock;
        engine = Engine.For(name, connectionString);
    }

    /// <summary>The service that owns it: "customer".</summary>
    public string Name { get; }

    public Provider Provider => engine.Provider;

    internal TimeProvider Clock { get; }

    /// <summary>Set after each commit that said something; the relay waits on it.</summary>
    internal Wake Said { get; } = new();

    /// <summary>The statement of the database at hand, where the two must differ.</summary>
    public string Sql(string postgres, string sqlite) => Provider == Provider.Postgres ? postgres : sqlite;

    /// <summary>Reads without a transaction: every statement sees what is committed when it starts.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await engine.OpenAsync(cancellationToken);
                return await read(new Session(connection, Provider, cancellationToken));
            }
            catch (DbException e) when (attempt < Tries && engine.IsPassing(e))
            {
                await Engine.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Runs the act in one transaction (PostgreSQL: READ COMMITTED; SQLite: BEGIN IMMEDIATE) and commits. After a deadlock, a busy file or
    /// a connection lost before the commit the whole act runs again, up to six times: it must have no effect outside the transaction.
    /// </summary>
    public async Task<T> WriteAsync<T>(Func<Transaction, Task<T>> act, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            Transaction? transaction = null;
            try
            {
                await using var turn = await engine.TurnAsync(cancellationToken);
                transaction = new Transaction(turn, Provider, Clock, cancellationToken);
                var result = await act(transaction);
                await transaction.CommitAsync();
                if (transaction.HasSaid)
                    Said.Set();
                return result;
            }
            catch (DbException e) when (attempt < Tries && (engine.RolledBack(e) || (transaction is not { Committing: true } && engine.IsPassing(e))))
            {
                await Engine.PauseAsync(attempt, cancellationToken);
            }
        }
    }

    public Task WriteAsync(Func<Transaction, Task> act, CancellationToken cancellationToken) =>
        WriteAsync(
            async transaction =>
            {
                await act(transaction);
                return true;
            },
            cancellationToken);

    /// <summary>Whether the failure says that the database itself is away, so that waiting helps and parking could not be written either.</summary>
    internal bool IsAway(Exception failure) =>
        failure is DbException e ? engine.IsAway(e) : failure.InnerException is { } inner && IsAway(inner);

    internal Task<DbConnection> OpenAsync(CancellationToken cancellationToken) => engine.OpenAsync(cancellationToken);

    internal ValueTask<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) =>
        engine.BeginAsync(connection, cancellationToken);

    internal Task<IDisposable?> WriterAsync(CancellationToken cancellationToken) => engine.WriterAsync(cancellationToken);

    private protected ValueTask CloseAsync() => engine.DisposeAsync();
}

/// <summary>The database of one module; what features inject.</summary>
/// <typeparam name="TModule">The module that owns it: the mesh holds four of them.</typeparam>
public sealed class Database<TModule> : Database, IAsyncDisposable
    where TModule : ServiceModule
{
    /// <param name="name">The service's name.</param>
    /// <param name="connectionString">"Host=..." is PostgreSQL, "Data Source=..." is SQLite.</param>
    /// <param name="clock">Business time.</param>
    public Database(string name, string connectionString, TimeProvider clock)
        : base(name, connectionString, clock)
    {
    }

    public ValueTask DisposeAsync() => CloseAsync();
}
