using System.Data.Common;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>One act's turn to write. Disposed without a commit, what it wrote is undone.</summary>
internal abstract class Turn(DbConnection connection, DbTransaction transaction) : IAsyncDisposable
{
    public DbConnection Connection => connection;

    public DbTransaction Transaction => transaction;

    /// <summary>Returns when everything that this turn wrote is on the disk.</summary>
    public abstract Task CommitAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
