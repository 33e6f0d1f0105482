using System.Data;
using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace Loyalty.ServiceDefaults.Storage;

internal sealed class PostgresEngine : Engine
{
    private readonly NpgsqlDataSource source;

    public PostgresEngine(string name, string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.ApplicationName ??= $"loyalty-{name}";
        if (settings.MaxAutoPrepare == 0)
        {
            // Statements are prepared by the server after their second use: without it every call is planned again.
            settings.MaxAutoPrepare = 200;
            settings.AutoPrepareMinUsages = 2;
        }

        // A process that is frozen inside a transaction would hold its people's rows for as long as it is frozen.
        settings.Options ??= "-c idle_in_transaction_session_timeout=30s";
        source = NpgsqlDataSource.Create(settings);
    }

    public override Provider Provider => Provider.Postgres;

    public override async Task<DbConnection> OpenAsync(CancellationToken cancellationToken) =>
        await source.OpenConnectionAsync(cancellationToken);

    public override ValueTask<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancellationToken) =>
        connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);

    public override async Task<Turn> TurnAsync(CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(cancellationToken);
        try
        {
            return new OwnTurn(connection, await BeginAsync(connection, cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override Task<IDisposable?> WriterAsync(CancellationToken cancellationToken) => Task.FromResult<IDisposable?>(null);

    public override bool RolledBack(DbException failure) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or "25P03" }; // 25P03: idle in a transaction for too long

    public override bool IsPassing(DbException failure) => failure is NpgsqlException { IsTransient: true } || IsAway(failure);

    public override bool IsAway(DbException failure) => failure switch
    {
        PostgresException answer => answer.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.DiskFull,
        NpgsqlException => failure.InnerException is SocketException or IOException or TimeoutException,
        _ => false,
    };

    public override ValueTask DisposeAsync() => source.DisposeAsync();

    private sealed class OwnTurn(DbConnection connection, DbTransaction transaction) : Turn(connection, transaction)
    {
        public override Task CommitAsync(CancellationToken cancellationToken) => Transaction.CommitAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
