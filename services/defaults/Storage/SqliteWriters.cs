using Microsoft.Data.Sqlite;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>
/// The queue before one SQLite file, which lets in one writer at a time. Those that wait together share one transaction, each in a savepoint of its own,
/// and so one flush of the disk: nobody is answered before the shared commit, and an act that fails undoes itself alone, but is told so only when
/// what others wrote before it, by which it may have judged, is kept.
/// </summary>
/// <remarks>The flush costs more than most acts; sharing it is what lets many small calls run at the speed of a few large ones.</remarks>
internal sealed class SqliteWriters
{
    /// <summary>Acts in one transaction, also those that fail; bounds how long the first of them waits.</summary>
    private const int MostShared = 64;

    private const string Savepoint = "act";

    private readonly Lock gate = new();
    private readonly Queue<TaskCompletionSource> waiting = new();
    private bool taken;
    private Group? open; // touched only by whoever has the turn

    /// <summary>Waits for a turn within the shared transaction.</summary>
    public async Task<Turn> TurnAsync(Func<CancellationToken, Task<SqliteConnection>> openAsync, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        try
        {
            if (open is null)
            {
                var connection = await openAsync(cancellationToken);
                try
                {
                    open = new Group(connection, connection.BeginTransaction(System.Data.IsolationLevel.Serializable, deferred: false));
                }
                catch
                {
                    await connection.DisposeAsync();
                    throw;
                }
            }

            open.Turns++;
            open.Transaction.Save(Savepoint);
            return new SharedTurn(this, open);
        }
        catch
        {
            await PassOnAsync();
            throw;
        }
    }

    /// <summary>Waits until nobody else writes; for the schema runner, which wants a transaction to itself.</summary>
    public async Task<IDisposable> AloneAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        await CommitAsync();
        return new Exclusive(this);
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (gate)
        {
            if (!taken)
            {
                taken = true;
                return;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue(turn);
        }

        await using (cancellationToken.UnsafeRegister(static (waiter, token) => ((TaskCompletionSource)waiter!).TrySetCanceled(token), turn)) // the state is the line's own argument
            await turn.Task;
    }

    /// <summary>Gives the turn to the next who still waits; when nobody does, the turn stays ours, or is free.</summary>
    private bool TryGiveTurn(bool orFree)
    {
        lock (gate)
        {
            while (waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                    return true;
            }

            taken = !orFree;
            return false;
        }
    }

    /// <summary>Lets the next write into the same transaction, or commits it for all.</summary>
    private async ValueTask PassOnAsync()
    {
        if (open is { Turns: < MostShared } && TryGiveTurn(orFree: false))
            return;
        await CommitAsync();
        TryGiveTurn(orFree: true);
    }

    private async ValueTask CommitAsync()
    {
        if (open is not { } group)
            return;
        open = null;
        try
        {
            if (group.Fault is null)
                group.Transaction.Commit();
        }
        catch (Exception e)
        {
            group.Fault = e;
        }

        await group.CloseAsync();
    }

    private sealed class Group(SqliteConnection connection, SqliteTransaction transaction)
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SqliteConnection Connection => connection;

        public SqliteTransaction Transaction => transaction;

        /// <summary>Acts that were let in.</summary>
        public int Turns { get; set; }

        /// <summary>Acts that wait for the commit.</summary>
        public int Count { get; set; }

        /// <summary>Why nothing of it can be committed.</summary>
        public Exception? Fault { get; set; }

        public Task Done => done.Task;

        public async ValueTask CloseAsync()
        {
            try
            {
                await transaction.DisposeAsync();
                await connection.DisposeAsync();
            }
            catch (Exception e) when (e is SqliteException or InvalidOperationException)
            {
                // How it ended is known already, and those who wait must hear it; the next writer has a connection of its own.
            }

            if (Fault is null)
                done.SetResult();
            else if (Count > 0)
                done.SetException(Fault);
        }
    }

    private sealed class SharedTurn(SqliteWriters writers, Group group) : Turn(group.Connection, group.Transaction)
    {
        private bool over;

        public override async Task CommitAsync(CancellationToken cancellationToken)
        {
            group.Transaction.Release(Savepoint);
            over = true;
            group.Count++;
            await writers.PassOnAsync();
            await group.Done; // without the token: what was asked for is answered as it ended
        }

        public override async ValueTask DisposeAsync()
        {
            if (over)
                return;
            over = true;
            try
            {
                group.Transaction.Rollback(Savepoint);
                group.Transaction.Release(Savepoint);
            }
            catch (Exception e) when (e is SqliteException or InvalidOperationException)
            {
                group.Fault = e; // the file gave up on the whole transaction: nobody in it may be told that it was kept
            }

            var broken = group.Fault is not null;
            var afterOthers = group.Count > 0;
            if (broken)
                await writers.CommitAsync(); // ends the broken transaction before the next comes
            await writers.PassOnAsync();
            if (afterOthers && !broken)
                await group.Done; // it may have failed because of what they wrote ("taken"), which is true only once it is kept
        }
    }

    private sealed class Exclusive(SqliteWriters writers) : IDisposable
    {
        public void Dispose() => writers.TryGiveTurn(orFree: true);
    }
}
