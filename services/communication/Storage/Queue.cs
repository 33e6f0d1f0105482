using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

/// <summary>Commits one waiting mailing. The token comes from the database and is never used again.</summary>
internal readonly record struct CommitRow(Guid MailingId, long CommittedAt, long HandUntil);

internal sealed class TokenRow
{
    public Guid MailingId { get; init; }
    public long Token { get; init; }
}

/// <summary>What a deferral leaves in the queue: when it is meant to go, and which verdict was stored.</summary>
internal readonly record struct DeferRow(Guid MailingId, long ReleaseAt, long VerdictKey);

/// <summary>One attempt to hand a mailing over.</summary>
internal readonly record struct Attempt(Guid MailingId, long Token);

/// <summary>The mailings that have not ended. Every change names the state that it leaves.</summary>
internal static class Queue
{
    public static Task AddAsync(Transaction tx, QueueRow row) => tx.ExecuteAsync(
        """
        INSERT INTO queue (mailing_id, customer_id, state, direct, class, intent, kind, channel, urgent, priority, template, template_version,
          sender, request_id, collapse_key, age_at, not_before, expires_at, backoff_until, release_at, verdict_key, attempts)
        VALUES (@MailingId, @CustomerId, 1, @Direct, @Class, @Intent, @Kind, @Channel, @Urgent, @Priority, @Template, @TemplateVersion,
          @Sender, @RequestId, @CollapseKey, @AgeAt, @NotBefore, @ExpiresAt, 0, @ReleaseAt, @VerdictKey, 0)
        """,
        row);

    /// <summary>All that waits or is in flight for these people.</summary>
    public static Task<List<QueueRow>> OfPeopleAsync(Session session, IReadOnlyList<Guid> customerIds) => session.ByIdsAsync<QueueRow>(
        $"SELECT {QueueRow.Columns} FROM queue q WHERE q.customer_id = ANY(@ids)",
        $"SELECT {QueueRow.Columns} FROM queue q WHERE q.customer_id = @id",
        customerIds);

    public static Task<QueueRow?> FindAsync(Session session, Guid mailingId) => session.FirstOrDefaultAsync<QueueRow>(
        $"SELECT {QueueRow.Columns} FROM queue q WHERE q.mailing_id = @mailingId", new { mailingId });

    /// <summary>WAITING → COMMITTED, for mailings of people who are held.</summary>
    public static async Task<List<TokenRow>> CommitAsync(Transaction tx, IReadOnlyList<CommitRow> rows)
    {
        if (rows.Count == 0)
            return [];
        if (tx.Provider == Provider.Postgres)
        {
            return await tx.QueryAsync<TokenRow>(
                """
                UPDATE queue q SET state = 2, token = nextval('tokens'), committed_at = u.committed_at, hand_until = u.hand_until, backoff_until = 0
                FROM unnest(@ids, @instants, @until) AS u(mailing_id, committed_at, hand_until) WHERE q.mailing_id = u.mailing_id AND q.state = 1
                RETURNING q.mailing_id, q.token
                """,
                new
                {
                    ids = rows.Select(r => r.MailingId).ToArray(),
                    instants = rows.Select(r => r.CommittedAt).ToArray(),
                    until = rows.Select(r => r.HandUntil).ToArray(),
                });
        }

        var last = await tx.SingleAsync<long>("UPDATE tokens SET last = last + @Count RETURNING last", new { rows.Count });
        var tokens = new List<TokenRow>();
        for (var i = 0; i < rows.Count; i++)
        {
            tokens.AddRange(await tx.QueryAsync<TokenRow>(
                """
                UPDATE queue SET state = 2, token = @token, committed_at = @CommittedAt, hand_until = @HandUntil, backoff_until = 0
                WHERE mailing_id = @MailingId AND state = 1 RETURNING mailing_id, token
                """,
                new { rows[i].MailingId, rows[i].CommittedAt, rows[i].HandUntil, token = last - i }));
        }

        return tokens;
    }

    public static Task DeferAsync(Transaction tx, IReadOnlyList<DeferRow> rows) => tx.WriteManyAsync(
        """
        UPDATE queue q SET release_at = u.release_at, verdict_key = u.verdict_key
        FROM unnest(@ids, @releases, @keys) AS u(mailing_id, release_at, verdict_key) WHERE q.mailing_id = u.mailing_id AND q.state = 1
        """,
        "UPDATE queue SET release_at = @ReleaseAt, verdict_key = @VerdictKey WHERE mailing_id = @MailingId AND state = 1",
        rows,
        all => new
        {
            ids = all.Select(r => r.MailingId).ToArray(),
            releases = all.Select(r => r.ReleaseAt).ToArray(),
            keys = all.Select(r => r.VerdictKey).ToArray(),
        },
        row => row);

    /// <summary>
    /// COMMITTED → HANDED, each only while its token is the latest and its time has not run out; answers those that really are. The rows
    /// are held in order first, so that a release of several of them cannot meet this in a deadlock.
    /// </summary>
    public static async Task<List<TokenRow>> HandAsync(Transaction tx, IReadOnlyList<Attempt> attempts)
    {
        var sorted = attempts.OrderBy(a => a.MailingId).ToList();
        if (tx.Provider == Provider.Postgres)
            await HoldRowsAsync(tx, sorted.ConvertAll(a => a.MailingId));
        var now = Instant.Of(await tx.NowAsync());
        return await tx.ChangeManyAsync<Attempt, TokenRow>(
            """
            UPDATE queue q SET state = 3, handed_at = @now FROM unnest(@ids, @tokens) AS u(mailing_id, token)
            WHERE q.mailing_id = u.mailing_id AND q.token = u.token AND q.state = 2 AND q.hand_until > @now RETURNING q.mailing_id, q.token
            """,
            """
            UPDATE queue SET state = 3, handed_at = @now
            WHERE mailing_id = @MailingId AND token = @Token AND state = 2 AND hand_until > @now RETURNING mailing_id, token
            """,
            sorted,
            all => new { ids = all.Select(a => a.MailingId).ToArray(), tokens = all.Select(a => a.Token).ToArray(), now },
            a => new { a.MailingId, a.Token, now });
    }

    /// <summary>COMMITTED → WAITING for all of one held person; only those that the answer names may leave the ledger.</summary>
    public static async Task<List<QueueRow>> ReleaseAsync(Transaction tx, Guid customerId)
    {
        if (tx.Provider == Provider.Postgres)
            await tx.ExecuteAsync("SELECT 1 FROM queue WHERE customer_id = @customerId AND state = 2 ORDER BY mailing_id FOR UPDATE", new { customerId });
        return await tx.QueryAsync<QueueRow>(
            $"UPDATE queue AS q SET state = 1, hand_until = NULL WHERE q.customer_id = @customerId AND q.state = 2 RETURNING {tx.Returning()}",
            new { customerId });
    }

    /// <summary>COMMITTED → WAITING for named mailings of held people whose time to be handed over has run out.</summary>
    public static async Task<List<QueueRow>> ReleaseOverdueAsync(Transaction tx, IReadOnlyList<Guid> mailingIds, long now)
    {
        var sorted = mailingIds.Order().ToList();
        if (tx.Provider == Provider.Postgres)
            await HoldRowsAsync(tx, sorted);
        return await tx.ChangeManyAsync<Guid, QueueRow>(
            $"""
            UPDATE queue AS q SET state = 1, hand_until = NULL
            WHERE q.mailing_id = ANY(@ids) AND q.state = 2 AND q.hand_until <= @now RETURNING {QueueRow.Columns}
            """,
            $"UPDATE queue AS q SET state = 1, hand_until = NULL WHERE q.mailing_id = @id AND q.state = 2 AND q.hand_until <= @now RETURNING {tx.Returning()}",
            sorted,
            all => new { ids = all.ToArray(), now },
            id => new { id, now });
    }

    /// <summary>COMMITTED → WAITING for one attempt that cannot be made, of a held person.</summary>
    public static async Task<bool> PutAsideAsync(Transaction tx, Attempt attempt, long backoffUntil) => await tx.ExecuteAsync(
        """
        UPDATE queue SET state = 1, hand_until = NULL, backoff_until = @backoffUntil
        WHERE mailing_id = @MailingId AND token = @Token AND state = 2
        """,
        new { attempt.MailingId, attempt.Token, backoffUntil }) == 1;

    /// <summary>HANDED → WAITING after a refusal for now, or after silence in a class that is delivered at least once.</summary>
    public static async Task<bool> BackToWaitingAsync(Transaction tx, Attempt attempt, long backoffUntil) => await tx.ExecuteAsync(
        """
        UPDATE queue SET state = 1, attempts = attempts + 1, backoff_until = @backoffUntil, handed_at = NULL, hand_until = NULL
        WHERE mailing_id = @MailingId AND token = @Token AND state = 3
        """,
        new { attempt.MailingId, attempt.Token, backoffUntil }) == 1;

    public static Task<bool> SomebodyWaitsAsync(Session session, Guid customerId) =>
        session.SingleAsync<bool>("SELECT EXISTS (SELECT 1 FROM queue WHERE customer_id = @customerId AND state = 1)", new { customerId });

    /// <summary>Beyond this <see cref="CountWaitingAsync"/> stops: some 20 ms, where counting millions would take seconds.</summary>
    public const int MostCounted = 100_000;

    /// <summary>Mailings that wait, at most <see cref="MostCounted"/>.</summary>
    public static Task<long> CountWaitingAsync(Session session) => session.SingleAsync<long>(
        "SELECT count(*) FROM (SELECT 1 FROM queue WHERE state = 1 LIMIT @MostCounted) AS waiting", new { MostCounted });

    /// <summary>COMMITTED for longer than it may be.</summary>
    public static Task<List<QueueRow>> OverdueCommittedAsync(Session session, long now, int most) => session.QueryAsync<QueueRow>(
        $"SELECT {QueueRow.Columns} FROM queue q WHERE q.state = 2 AND q.hand_until <= @now ORDER BY q.hand_until LIMIT @most", new { now, most });

    /// <summary>HANDED so long ago that no outcome will come.</summary>
    public static Task<List<QueueRow>> LostHandedAsync(Session session, long now, int most) => session.QueryAsync<QueueRow>(
        $"SELECT {QueueRow.Columns} FROM queue q WHERE q.state = 3 AND q.handed_at <= @before ORDER BY q.handed_at LIMIT @most",
        new { before = now - HandUntil.OutcomeLostAfter, most });

    private static Task<int> HoldRowsAsync(Transaction tx, IReadOnlyList<Guid> sortedIds) => tx.ExecuteAsync(
        "SELECT 1 FROM queue WHERE mailing_id = ANY(@ids) ORDER BY mailing_id FOR UPDATE", new { ids = sortedIds.ToArray() });

    /// <summary>SQLite's RETURNING does not know the alias of the table.</summary>
    private static string Returning(this Transaction tx) =>
        tx.Sql(QueueRow.Columns, QueueRow.Columns.Replace("q.", "", StringComparison.Ordinal));
}
