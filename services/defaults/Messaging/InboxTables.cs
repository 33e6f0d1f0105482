using Google.Protobuf;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The statements on inbox, inbox_parked and inbox_failed.</summary>
internal static class InboxTables
{
    private const string Columns = "consumer, message_id, source, type, payload, traceparent, said_at, written_at, attempts";

    /// <summary>False when the consumer has handled the event before. Takes it off the parked ones.</summary>
    public static async Task<bool> NoteAsync(Transaction transaction, string consumer, Guid messageId)
    {
        var key = new { consumer, messageId, now = Now };
        var noted = await transaction.ExecuteAsync(
            "INSERT INTO inbox (consumer, message_id, handled_at) VALUES (@consumer, @messageId, @now) ON CONFLICT (consumer, message_id) DO NOTHING",
            key);
        return noted == 1;
    }

    /// <summary>Stores an event for a later try. Parked before: nothing changes.</summary>
    public static async Task ParkAsync(
        Transaction transaction, Envelope envelope, string consumer, IEnumerable<IMessage> about, string reason, TimeSpan? delay = null)
    {
        await transaction.ExecuteAsync(
            $"""
            INSERT INTO inbox_parked ({Columns}, due_at, reason, parked_at)
            SELECT @consumer, @MessageId, @Source, @Type, @Payload, @Traceparent, @SaidAt, @WrittenAt, 1, @due, @reason, @now
            WHERE NOT EXISTS (SELECT 1 FROM inbox_failed WHERE consumer = @consumer AND message_id = @MessageId)
            ON CONFLICT (consumer, message_id) DO NOTHING
            """,
            Row(envelope, consumer, reason, Now + (long)(delay ?? TimeSpan.Zero).TotalMicroseconds));
        foreach (var customerId in about.SelectMany(Subjects.Of).Distinct())
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO inbox_parked_subjects (consumer, message_id, customer_id)
                VALUES (@consumer, @MessageId, @customerId) ON CONFLICT DO NOTHING
                """,
                new { consumer, envelope.MessageId, customerId });
        }
    }

    public static long Now => Instant.Of(TimeProvider.System.GetUtcNow());

    /// <summary>Why it failed, without what people wrote: the refusal's reason, or the exception's type and place.</summary>
    public static string Reason(Exception failure) =>
        failure is Refusal refusal ? refusal.Reason : $"{failure.GetType().Name}{Place(failure)}";

    private static string Place(Exception failure) =>
        failure.StackTrace?.Split('\n', 2)[0].Trim() is { Length: > 0 } line ? " " + line : "";

    private static object Row(Envelope e, string consumer, string reason, long due) => new
    {
        consumer, e.MessageId, e.Source, e.Type, e.Payload, e.Traceparent, e.SaidAt, e.WrittenAt, reason, due, now = Now,
    };
}
