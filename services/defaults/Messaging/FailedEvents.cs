using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>An event that was given up, as an operator sees it.</summary>
public sealed record FailedEvent(
    Guid Id, string Consumer, Guid MessageId, string Source, string Type, int Attempts, string Reason, DateTimeOffset FailedAt);

/// <summary>Lists and replays the events that rest in inbox_failed.</summary>
public static class FailedEvents
{
    /// <summary>The oldest first, at most 1,000 at a time.</summary>
    /// <param name="after">The last id of the page before; <see cref="Guid.Empty"/> for the first.</param>
    public static Task<List<FailedEvent>> ListAsync(Database database, Guid after, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.QueryAsync<FailedEvent>(
                """
                SELECT id, consumer, message_id, source, type, attempts, reason, failed_at FROM inbox_failed
                WHERE id > @after ORDER BY id LIMIT 1000
                """,
                new { after }),
            cancellationToken);

    /// <summary>Gives one event, or all, a new set of tries, beginning at once; returns how many there were.</summary>
    public static Task<int> ReplayAsync(Database database, Guid? id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async transaction =>
            {
                var which = id is null ? "true" : "id = @id";
                var args = new { id, now = InboxTables.Now };
                await transaction.ExecuteAsync(
                    $"""
                    INSERT INTO inbox_parked (consumer, message_id, source, type, payload, traceparent, said_at, written_at, attempts, due_at, reason, parked_at)
                    SELECT consumer, message_id, source, type, payload, traceparent, said_at, written_at, 0, @now, reason, @now
                    FROM inbox_failed WHERE {which}
                    ON CONFLICT (consumer, message_id) DO NOTHING
                    """,
                    args);
                // Only what is parked now: one that failed since the first statement is not in it.
                return await transaction.ExecuteAsync(
                    $"""
                    DELETE FROM inbox_failed WHERE {which} AND EXISTS (
                      SELECT 1 FROM inbox_parked p WHERE p.consumer = inbox_failed.consumer AND p.message_id = inbox_failed.message_id)
                    """,
                    args);
            },
            cancellationToken);
}
