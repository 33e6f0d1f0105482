using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>When a person wants the next decision.</summary>
internal sealed class DueRow
{
    public Guid CustomerId { get; init; }
    public long DueAt { get; init; }
}

/// <summary>The list of who is due. A person's row in it is written by the holder of the person's recipients row alone.</summary>
internal static class DueList
{
    /// <summary>Who is due, read without a lock: a hint, read again once the people are held.</summary>
    /// <param name="session">An open connection.</param>
    /// <param name="floor">Nobody is due before it; keeps the index scan away from the dead entries in front.</param>
    /// <param name="now">Due at or before.</param>
    /// <param name="most">At most so many.</param>
    public static Task<List<DueRow>> PeekAsync(Session session, long floor, long now, int most) => session.QueryAsync<DueRow>(
        "SELECT customer_id, due_at FROM due WHERE due_at >= @floor AND due_at <= @now ORDER BY due_at LIMIT @most", new { floor, now, most });

    public static Task<List<DueRow>> OfAsync(Session session, IReadOnlyList<Guid> customerIds) => session.ByIdsAsync<DueRow>(
        "SELECT customer_id, due_at FROM due WHERE customer_id = ANY(@ids)",
        "SELECT customer_id, due_at FROM due WHERE customer_id = @id",
        customerIds);

    public static async Task SetAsync(Transaction tx, IReadOnlyList<DueRow> rows) => await tx.WriteManyAsync(
        """
        INSERT INTO due (customer_id, due_at) SELECT * FROM unnest(@ids, @instants)
        ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at
        """,
        "INSERT INTO due (customer_id, due_at) VALUES (@CustomerId, @DueAt) ON CONFLICT (customer_id) DO UPDATE SET due_at = excluded.due_at",
        rows,
        all => new { ids = all.Select(r => r.CustomerId).ToArray(), instants = all.Select(r => r.DueAt).ToArray() },
        row => row);

    /// <summary>Brings the next decision of one held person forward; never puts it off.</summary>
    public static Task BringForwardAsync(Transaction tx, Guid customerId, long dueAt) => tx.ExecuteAsync(
        tx.Sql(
            """
            INSERT INTO due (customer_id, due_at) VALUES (@customerId, @dueAt)
            ON CONFLICT (customer_id) DO UPDATE SET due_at = least(due.due_at, excluded.due_at)
            """,
            """
            INSERT INTO due (customer_id, due_at) VALUES (@customerId, @dueAt)
            ON CONFLICT (customer_id) DO UPDATE SET due_at = min(due_at, excluded.due_at)
            """),
        new { customerId, dueAt });

    public static Task RemoveAsync(Transaction tx, IReadOnlyList<Guid> customerIds) => tx.WriteManyAsync(
        "DELETE FROM due WHERE customer_id = ANY(@ids)",
        "DELETE FROM due WHERE customer_id = @id",
        customerIds,
        all => new { ids = all.ToArray() },
        id => new { id });
}
