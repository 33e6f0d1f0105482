using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>What one module's messaging does from time to time: say its heartbeat, read those of others, count, and forget.</summary>
internal sealed class Upkeep(ServiceModule module, Database database, IHeartbeats heartbeats, MessagingOptions options)
{
    public string Service => module.Name;

    /// <summary>Real time since the oldest event that is not yet published was said; zero when there is none.</summary>
    public double OutboxLagSeconds { get; private set; }

    public long ParkedCount { get; private set; }

    public long FailedCount { get; private set; }

    public Task SayHeartbeatAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            transaction =>
            {
                transaction.Say(module.Heartbeat(Instant.Truncate(database.Clock.GetUtcNow())));
                return Task.CompletedTask;
            },
            cancellationToken);

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await heartbeats.ReadAsync(database, cancellationToken);
        var (oldest, parked, failed) = await database.ReadAsync(
            session => session.SingleAsync<(long? Oldest, long Parked, long Failed)>(
                """
                SELECT (SELECT written_at FROM outbox ORDER BY id LIMIT 1) AS oldest,
                       (SELECT count(*) FROM inbox_parked) AS parked, (SELECT count(*) FROM inbox_failed) AS failed
                """),
            cancellationToken);
        (ParkedCount, FailedCount) = (parked, failed);
        OutboxLagSeconds = oldest is { } at ? Math.Max(0, (InboxTables.Now - at) / 1e6) : 0;
    }

    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        var before = InboxTables.Now - (long)options.InboxKept.TotalMicroseconds;
        while (await database.WriteAsync(transaction => InboxTables.ForgetAsync(transaction, before), cancellationToken) > 0)
        {
        }

        while (await database.WriteAsync(
            async transaction => await RequestIds.ForgetAsync(transaction, await transaction.NowAsync()), cancellationToken) > 0)
        {
        }
    }
}
