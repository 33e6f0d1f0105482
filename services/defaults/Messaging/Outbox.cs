using System.Diagnostics;
using Google.Protobuf;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The table in which events wait from the transaction that made them true until the broker has confirmed them.</summary>
internal static class Outbox
{
    public const int MostBytes = 256 * 1024;

    public static async Task WriteAsync(Transaction transaction, IReadOnlyList<IMessage> events, DateTimeOffset now)
    {
        var written = TimeProvider.System.GetUtcNow();
        var ids = events.Select(_ => Guid.CreateVersion7(written)).ToArray();
        var types = events.Select(e => e.Descriptor.FullName).ToArray();
        var payloads = events.Select(e => e.ToByteArray()).ToArray();
        var traceparent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null;
        var (saidAt, writtenAt) = (Instant.Of(now), Instant.Of(written));
        if (transaction.Provider == Provider.Postgres)
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO outbox (message_id, type, payload, traceparent, said_at, written_at)
                SELECT e.id, e.type, e.payload, @traceparent, @saidAt, @writtenAt
                FROM unnest(@ids, @types, @payloads) WITH ORDINALITY AS e (id, type, payload, n) ORDER BY e.n
                """,
                new { ids, types, payloads, traceparent, saidAt, writtenAt });
            return;
        }

        for (var i = 0; i < ids.Length; i++)
        {
            await transaction.ExecuteAsync(
                """
                INSERT INTO outbox (message_id, type, payload, traceparent, said_at, written_at)
                VALUES (@id, @type, @payload, @traceparent, @saidAt, @writtenAt)
                """,
                new { id = ids[i], type = types[i], payload = payloads[i], traceparent, saidAt, writtenAt });
        }
    }
}
