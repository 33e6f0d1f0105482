using Google.Protobuf;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Secrets;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>One request_id, one effect, for 35 days (AIP-155): per caller and method, with the keyed hash of the payload and the created id.</summary>
public static class RequestIds
{
    /// <summary>How long a repeat is recognised.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(35);

    /// <summary>
    /// Null for a first time: act, then <see cref="KeepAsync"/> in the same transaction. An id for a repeat: answer with that.
    /// Two at once wait for each other here; the later one sees the repeat.
    /// </summary>
    /// <param name="hashes">Payloads hold names and numbers, which a plain hash would let anybody guess.</param>
    /// <exception cref="Refusal">REQUEST_ID_REUSED: the id came before with another payload.</exception>
    public static async Task<Guid?> FirstAsync<TModule>(
        Transaction transaction, LookupHash<TModule> hashes, string caller, string method, string requestId, IMessage payload, DateTimeOffset now)
        where TModule : ServiceModule
    {
        var hash = hashes.Of("request", payload.ToByteArray());
        var key = new { caller, method, requestId, hash, now };
        // The insert takes the row's lock, so that a twin waits until this transaction has ended.
        var first = await transaction.ExecuteAsync(
            """
            INSERT INTO request_ids (caller, method, request_id, payload_hash, created_id, created_at)
            VALUES (@caller, @method, @requestId, @hash, NULL, @now)
            ON CONFLICT (caller, method, request_id) DO NOTHING
            """,
            key);
        if (first == 1)
            return null;
        var kept = await transaction.SingleAsync<Row>(
            "SELECT payload_hash, created_id FROM request_ids WHERE caller = @caller AND method = @method AND request_id = @requestId", key);
        if (!kept.PayloadHash.AsSpan().SequenceEqual(hash))
            throw new Refusal(RefusalKind.Aborted, "REQUEST_ID_REUSED", "this request_id came before with another payload");
        return kept.CreatedId;
    }

    /// <summary>Remembers what the request created; called once, in the transaction that created it.</summary>
    public static Task KeepAsync(Transaction transaction, string caller, string method, string requestId, Guid createdId) =>
        transaction.ExecuteAsync(
            "UPDATE request_ids SET created_id = @createdId WHERE caller = @caller AND method = @method AND request_id = @requestId",
            new { caller, method, requestId, createdId });

    /// <summary>Deletes what is older than <see cref="Kept"/>, at most 10,000 rows at a time.</summary>
    public static Task<int> ForgetAsync(Transaction transaction, DateTimeOffset now) =>
        transaction.ExecuteAsync(
            transaction.Sql(
                "DELETE FROM request_ids WHERE ctid IN (SELECT ctid FROM request_ids WHERE created_at < @before ORDER BY created_at LIMIT 10000)",
                "DELETE FROM request_ids WHERE rowid IN (SELECT rowid FROM request_ids WHERE created_at < @before ORDER BY created_at LIMIT 10000)"),
            new { before = now - Kept });

    private sealed record Row(byte[] PayloadHash, Guid? CreatedId);
}
