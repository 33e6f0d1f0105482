using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Timers;

namespace Loyalty.Communications.Features;

/// <summary>Deletes what is kept long enough; what it deletes stays counted.</summary>
internal sealed class RetireMailings(Database database, PersonalValues<CommunicationsModule> secrets, CommunicationOptions options) : ILeasedTimer
{
    private const int Batch = 500;

    /// <summary>Longer than any TRANSACTIONAL instant counts and than an unknown customer is waited for.</summary>
    private const long NobodyKept = 2 * Instants.Day;

    public string Name => "retire-mailings";

    public TimeSpan Every => TimeSpan.FromHours(1);

    public async Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var at = Instant.Of(now);
        while (await database.WriteAsync(tx => RetireAsync(tx, at - (long)options.Retention.TotalMicroseconds), cancellationToken) == Batch)
            cancellationToken.ThrowIfCancellationRequested();
        while (await database.WriteAsync(tx => ForgetNobodiesAsync(tx, at - NobodyKept), cancellationToken) == Batch)
            cancellationToken.ThrowIfCancellationRequested();
        await database.WriteAsync(tx => KeepTwoVerdictsAsync(tx, at - 3 * Instants.Hour), cancellationToken);
    }

    private static async Task<int> RetireAsync(Transaction tx, long before)
    {
        var ids = await tx.QueryAsync<Guid>("SELECT mailing_id FROM ended WHERE ended_at < @before ORDER BY ended_at LIMIT @Batch", new { before, Batch });
        foreach (var id in ids)
        {
            var day = await tx.SingleAsync<long>("DELETE FROM mailings WHERE mailing_id = @id RETURNING accepted_at", new { id }) / Instants.Day;
            var state = await tx.SingleAsync<short>("DELETE FROM ended WHERE mailing_id = @id RETURNING state", new { id });
            await tx.ExecuteAsync("DELETE FROM verdicts WHERE mailing_id = @id", new { id });
            await tx.ExecuteAsync(
                """
                INSERT INTO retired (day, state, mailings) VALUES (@day, @state, 1)
                ON CONFLICT (day, state) DO UPDATE SET mailings = retired.mailings + 1
                """,
                new { day, state });
        }

        return ids.Count;
    }

    /// <summary>Direct recipients, and ids that never became known, once nothing waits for them and nothing counts.</summary>
    private async Task<int> ForgetNobodiesAsync(Transaction tx, long before)
    {
        var ids = await tx.QueryAsync<Guid>(
            tx.Sql(
                """
                SELECT customer_id FROM recipients r WHERE profile IS NULL AND first_seen_at < @before AND looked_at < @before
                  AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.customer_id = r.customer_id) ORDER BY customer_id LIMIT @Batch FOR UPDATE SKIP LOCKED
                """,
                """
                SELECT customer_id FROM recipients r WHERE profile IS NULL AND first_seen_at < @before AND looked_at < @before
                  AND NOT EXISTS (SELECT 1 FROM queue q WHERE q.customer_id = r.customer_id) ORDER BY customer_id LIMIT @Batch
                """),
            new { before, Batch });
        var queued = (await Queue.OfPeopleAsync(tx, ids)).Select(q => q.CustomerId).ToHashSet(); // the locking statement saw an old queue
        var nobodies = ids.Where(id => !queued.Contains(id)).ToList();
        await tx.WriteManyAsync(
            "DELETE FROM recipients WHERE customer_id = ANY(@ids)",
            "DELETE FROM recipients WHERE customer_id = @id",
            nobodies,
            all => new { ids = all.ToArray() },
            id => new { id });
        await DueList.RemoveAsync(tx, nobodies);
        await secrets.DestroyKeysAsync(tx, nobodies);
        return ids.Count;
    }

    /// <summary>Of a mailing that ended lately: the final decision and the last before it.</summary>
    private static Task<int> KeepTwoVerdictsAsync(Transaction tx, long since) => tx.ExecuteAsync(
        """
        DELETE FROM verdicts WHERE mailing_id IN (SELECT mailing_id FROM ended WHERE ended_at >= @since)
          AND (SELECT count(*) FROM verdicts newer WHERE newer.mailing_id = verdicts.mailing_id AND newer.decided_at > verdicts.decided_at) >= 2
        """,
        new { since });
}
