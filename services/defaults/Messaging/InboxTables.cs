using Google.Protobuf;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The statements on inbox, inbox_parked and inbox_failed.</summary>
internal static class InboxTables
{
    private const string Columns = "consumer, message_id, source, type, payload, traceparent, said_at, written_at";
    private const string Values = "@consumer, @MessageId, @Source, @Type, @Payload, @Traceparent, @SaidAt, @WrittenAt";

    /// <summary>Real time in microseconds.</summary>
    public static long Now => Instant.Of(TimeProvider.System.GetUtcNow());

    /// <summary>Why it failed, without anything a person wrote: the refusal's reason, or the exception's type and place.</summary>
    public static string Reason(Exception failure)
    {
        if (failure is Refusal refusal)
            return refusal.Reason;
        var place = failure.StackTrace?.Split('\n', 2)[0].Split(" in ", 2)[0].Trim();
        return place is { Length: > 0 } ? $"{failure.GetType().Name} {place}" : failure.GetType().Name;
    }

    /// <summary>False when the consumer has handled the event before.</summary>
    public static async Task<bool> NoteAsync(Transaction transaction, string consumer, Guid messageId) =>
        await transaction.ExecuteAsync(
            "INSERT INTO inbox (consumer, message_id, handled_at) VALUES (@consumer, @messageId, @now) ON CONFLICT (consumer, message_id) DO NOTHING",
            new { consumer, messageId, now = Now }) == 1;

    /// <summary>Stores an event for a later try. When it is parked or failed already, nothing changes.</summary>
    public static async Task ParkAsync(
        Transaction transaction, Envelope envelope, string consumer, IMessage? about, int attempts, string reason, TimeSpan delay)
    {
        var (e, now) = (envelope, Now);
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO inbox_parked ({Columns}, attempts, due_at, reason, parked_at)
            SELECT {Values}, @attempts, @due, @reason, @now
            WHERE NOT EXISTS (SELECT 1 FROM inbox_failed WHERE consumer = @consumer AND message_id = @MessageId)
            ON CONFLICT (consumer, message_id) DO NOTHING
            """,
            new
            {
                consumer, e.MessageId, e.Source, e.Type, e.Payload, e.Traceparent, e.SaidAt, e.WrittenAt,
                attempts, reason, now, due = now + (long)delay.TotalMicroseconds,
            });
        foreach (var customerId in about is null ? [] : Subjects.Of(about))
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO inbox_parked_subjects (consumer, message_id, customer_id)
                VALUES (@consumer, @MessageId, @customerId) ON CONFLICT DO NOTHING
                """,
                new { consumer, e.MessageId, customerId });
        }
    }

    /// <summary>Takes the event that is due longest for one more try; it comes again after the lease if this process dies.</summary>
    public static Task<ParkedEvent?> TakeDueAsync(Transaction transaction, TimeSpan lease) =>
        transaction.FirstOrDefaultAsync<ParkedEvent>(
            $"""
            UPDATE inbox_parked SET due_at = @until WHERE (consumer, message_id) IN (
              SELECT consumer, message_id FROM inbox_parked WHERE due_at <= @now ORDER BY due_at LIMIT 1
              {transaction.Sql("FOR UPDATE SKIP LOCKED", "")})
            RETURNING {Columns}, attempts
            """,
            new { now = Now, until = Now + (long)lease.TotalMicroseconds });

    public static Task GiveBackAsync(Transaction transaction, string consumer, Guid messageId) =>
        transaction.ExecuteAsync(
            "UPDATE inbox_parked SET due_at = @now WHERE consumer = @consumer AND message_id = @messageId", new { consumer, messageId, now = Now });

    public static Task PostponeAsync(Transaction transaction, string consumer, Guid messageId, string reason, TimeSpan delay) =>
        transaction.ExecuteAsync(
            "UPDATE inbox_parked SET attempts = attempts + 1, due_at = @due, reason = @reason WHERE consumer = @consumer AND message_id = @messageId",
            new { consumer, messageId, reason, due = Now + (long)delay.TotalMicroseconds });

    /// <summary>Takes an event off the parked ones; the people in it are up to date again as far as it goes.</summary>
    public static async Task UnparkAsync(Transaction transaction, string consumer, Guid messageId)
    {
        var key = new { consumer, messageId };
        await transaction.ExecuteAsync("DELETE FROM inbox_parked WHERE consumer = @consumer AND message_id = @messageId", key);
        await transaction.ExecuteAsync("DELETE FROM inbox_parked_subjects WHERE consumer = @consumer AND message_id = @messageId", key);
    }

    /// <summary>From parked to failed, after the last try. Its people stay marked.</summary>
    public static async Task GiveUpAsync(Transaction transaction, string consumer, Guid messageId, string reason)
    {
        var key = new { id = NewId(), consumer, messageId, reason, now = Now };
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO inbox_failed (id, {Columns}, attempts, reason, failed_at)
            SELECT @id, {Columns}, attempts + 1, @reason, @now FROM inbox_parked WHERE consumer = @consumer AND message_id = @messageId
            ON CONFLICT (consumer, message_id) DO NOTHING
            """,
            key);
        await transaction.ExecuteAsync("DELETE FROM inbox_parked WHERE consumer = @consumer AND message_id = @messageId", key);
    }

    /// <summary>Stores an event that makes no sense to try again, byte for byte.</summary>
    public static Task FailAsync(Transaction transaction, Envelope envelope, string consumer, string reason)
    {
        var e = envelope;
        return transaction.ExecuteAsync(
            $"""
            INSERT INTO inbox_failed (id, {Columns}, attempts, reason, failed_at) VALUES (@id, {Values}, 1, @reason, @now)
            ON CONFLICT (consumer, message_id) DO NOTHING
            """,
            new
            {
                id = NewId(), consumer, e.MessageId, e.Source, e.Type, e.Payload, e.Traceparent, e.SaidAt, e.WrittenAt, reason, now = Now,
            });
    }

    /// <summary>Deletes notes about events that were handled before the instant, at most 10,000 at a time.</summary>
    public static Task<int> ForgetAsync(Transaction transaction, long before) =>
        transaction.ExecuteAsync(
            transaction.Sql(
                "DELETE FROM inbox WHERE ctid IN (SELECT ctid FROM inbox WHERE handled_at < @before LIMIT 10000)",
                "DELETE FROM inbox WHERE (consumer, message_id) IN (SELECT consumer, message_id FROM inbox WHERE handled_at < @before LIMIT 10000)"),
            new { before });

    private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
}

/// <summary>A row of inbox_parked.</summary>
internal sealed record ParkedEvent(
    string Consumer, Guid MessageId, string Source, string Type, byte[] Payload, string? Traceparent, long SaidAt, long WrittenAt, int Attempts)
{
    public Envelope Envelope => new(MessageId, Source, Type, Payload, Traceparent, SaidAt, WrittenAt);
}
