using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>Runs a batch as one; a batch that fails is halved down to the culprit, so that one person's row stops nobody else.</summary>
internal static class Halving
{
    /// <param name="batch">Keeps its order in every part.</param>
    /// <param name="act">All or nothing.</param>
    /// <param name="culprit">What to do with the one that fails alone.</param>
    /// <exception cref="Exception">The database is away: nobody's fault, and halving would not help.</exception>
    public static async Task RunAsync<T>(IReadOnlyList<T> batch, Func<IReadOnlyList<T>, Task> act, Func<T, Exception, Task> culprit)
    {
        if (batch.Count == 0)
            return;
        Exception fault;
        try
        {
            await act(batch);
            return;
        }
        catch (Exception e) when (!IsPassing(e))
        {
            fault = e;
        }

        if (batch.Count == 1)
        {
            await culprit(batch[0], fault);
            return;
        }

        var half = batch.Count / 2;
        await RunAsync([.. batch.Take(half)], act, culprit);
        await RunAsync([.. batch.Skip(half)], act, culprit);
    }

    /// <summary>Not the batch's fault: stopping, or the database is away or busy.</summary>
    internal static bool IsPassing(Exception e) => e switch
    {
        OperationCanceledException or TimeoutException or IOException or System.Net.Sockets.SocketException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6, // busy, locked
        DbException database => database.IsTransient,
        _ => e.InnerException is { } inner && IsPassing(inner),
    };
}
