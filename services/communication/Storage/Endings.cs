using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>One mailing that is to end. Token: only while it is the latest one; none where the person is held.</summary>
internal readonly record struct Ending(Guid MailingId, MailingState Leaves, long? Token, MailingState State, string? Reason);

/// <summary>A mailing that has ended just now.</summary>
internal sealed class EndedRow
{
    public Guid MailingId { get; init; }
    public Guid CustomerId { get; init; }
    public short State { get; init; }
    public string? Reason { get; init; }
    public long EndedAt { get; init; }
    public short Class { get; init; }
    public string Template { get; init; } = "";
    public string RequestId { get; init; } = "";
}

/// <summary>Moves mailings out of the queue: the row goes, an entry in ended takes its place, the content is forgotten.</summary>
internal static class Endings
{
    /// <summary>Answers those that really ended: the state that is left, and the token, must still be so.</summary>
    public static Task<List<EndedRow>> EndAsync(Transaction tx, IReadOnlyList<Ending> endings, long now) => tx.Provider == Provider.Postgres
        ? EndByArraysAsync(tx, [.. endings.OrderBy(e => e.MailingId)], now)
        : EndOneByOneAsync(tx, endings, now);

    private static async Task<List<EndedRow>> EndByArraysAsync(Transaction tx, Ending[] endings, long now) => endings.Length == 0 ? [] : await tx.QueryAsync<EndedRow>(
        """
        WITH wanted AS (
          SELECT * FROM unnest(@ids, @leaves, @tokens, @states, @reasons) AS w(mailing_id, leaves, token, ends_in, reason)
        ), gone AS (
          DELETE FROM queue q USING wanted w
          WHERE q.mailing_id = w.mailing_id AND q.state = w.leaves AND (w.token = 0 OR q.token = w.token)
          RETURNING q.mailing_id, q.customer_id, w.ends_in AS state, w.reason, q.class, q.template, q.request_id
        ), kept AS (
          INSERT INTO ended (mailing_id, customer_id, state, reason, ended_at) SELECT mailing_id, customer_id, state, nullif(reason, ''), @now FROM gone
        ), forgotten AS (
          DELETE FROM contents c USING gone g WHERE c.mailing_id = g.mailing_id
        )
        SELECT mailing_id, customer_id, state, nullif(reason, '') AS reason, @now AS ended_at, class, template, request_id FROM gone
        """,
        new
        {
            ids = endings.Select(e => e.MailingId).ToArray(),
            leaves = endings.Select(e => (short)e.Leaves).ToArray(),
            tokens = endings.Select(e => e.Token ?? 0).ToArray(),
            states = endings.Select(e => (short)e.State).ToArray(),
            reasons = endings.Select(e => e.Reason ?? "").ToArray(),
            now,
        });

    private static async Task<List<EndedRow>> EndOneByOneAsync(Transaction tx, IReadOnlyList<Ending> endings, long now)
    {
        var ended = new List<EndedRow>();
        foreach (var ending in endings)
        {
            var args = new { ending.MailingId, Leaves = (short)ending.Leaves, Token = ending.Token ?? 0, State = (short)ending.State, ending.Reason, now };
            var gone = await tx.FirstOrDefaultAsync<EndedRow>(
                """
                DELETE FROM queue WHERE mailing_id = @MailingId AND state = @Leaves AND (@Token = 0 OR token = @Token)
                RETURNING mailing_id, customer_id, @State AS state, @Reason AS reason, @now AS ended_at, class, template, request_id
                """,
                args);
            if (gone is null)
                continue;
            await AddAsync(tx, gone.MailingId, gone.CustomerId, ending.State, ending.Reason, now);
            await tx.ExecuteAsync("DELETE FROM contents WHERE mailing_id = @MailingId", args);
            ended.Add(gone);
        }

        return ended;
    }

    /// <summary>Enters a mailing that never waited.</summary>
    public static Task AddAsync(Transaction tx, Guid mailingId, Guid customerId, MailingState state, string? reason, long now) => tx.ExecuteAsync(
        "INSERT INTO ended (mailing_id, customer_id, state, reason, ended_at) VALUES (@mailingId, @customerId, @state, @reason, @now)",
        new { mailingId, customerId, state = (short)state, reason, now });
}
