using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>Many rows at once: by arrays on PostgreSQL, where each round trip costs; row by row on SQLite, which has no arrays and no round trips.</summary>
internal static class Bulk
{
    /// <param name="session">An open connection.</param>
    /// <param name="postgres">With <c>@ids</c>, an array.</param>
    /// <param name="sqlite">With <c>@id</c>, run for each.</param>
    /// <param name="ids">In the order in which rows are to be locked.</param>
    public static async Task<List<T>> ByIdsAsync<T>(this Session session, string postgres, string sqlite, IReadOnlyList<Guid> ids)
    {
        if (ids.Count == 0)
            return [];
        if (session.Provider == Provider.Postgres)
            return await session.QueryAsync<T>(postgres, new { ids = ids.ToArray() });
        var found = new List<T>();
        foreach (var id in ids)
            found.AddRange(await session.QueryAsync<T>(sqlite, new { id }));
        return found;
    }

    public static async Task WriteManyAsync<T>(
        this Transaction tx, string postgres, string sqlite, IReadOnlyList<T> rows, Func<IReadOnlyList<T>, object> arrays, Func<T, object> one)
    {
        if (rows.Count == 0)
            return;
        if (tx.Provider == Provider.Postgres)
        {
            await tx.ExecuteAsync(postgres, arrays(rows));
            return;
        }

        foreach (var row in rows)
            await tx.ExecuteAsync(sqlite, one(row));
    }

    /// <summary>As <see cref="WriteManyAsync"/>, for statements that say which rows they really changed (RETURNING).</summary>
    public static async Task<List<TRow>> ChangeManyAsync<T, TRow>(
        this Transaction tx, string postgres, string sqlite, IReadOnlyList<T> rows, Func<IReadOnlyList<T>, object> arrays, Func<T, object> one)
    {
        if (rows.Count == 0)
            return [];
        if (tx.Provider == Provider.Postgres)
            return await tx.QueryAsync<TRow>(postgres, arrays(rows));
        var changed = new List<TRow>();
        foreach (var row in rows)
            changed.AddRange(await tx.QueryAsync<TRow>(sqlite, one(row)));
        return changed;
    }
}
