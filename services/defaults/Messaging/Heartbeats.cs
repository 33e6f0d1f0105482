using System.Collections.Concurrent;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>How far behind the services that a module hears are: each says a heartbeat every 10 s through its outbox.</summary>
/// <typeparam name="TModule">The hearing module.</typeparam>
public sealed class Heartbeats<TModule> : IHeartbeats
    where TModule : ServiceModule
{
    /// <summary>A sayer's clock further ahead than this would hide its lag: such a heartbeat does not count.</summary>
    private static readonly long Ahead = (long)TimeSpan.FromSeconds(10).TotalMicroseconds;

    private readonly ConcurrentDictionary<string, long> written = new(StringComparer.Ordinal);

    /// <summary>Real time since the last heartbeat that was heard had been said, over all replicas, at most 5 s out of date; null while none is known.</summary>
    public TimeSpan? AgeOf(string service)
    {
        if (!written.TryGetValue(service, out var at))
            return null;
        var age = InboxTables.Now - at;
        return age < -Ahead ? null : TimeSpan.FromMicroseconds(Math.Max(0, age));
    }

    async Task IHeartbeats.HeardAsync(Database database, Envelope heartbeat, CancellationToken cancellationToken)
    {
        if (heartbeat.WrittenAt - InboxTables.Now > Ahead)
            return;
        await database.WriteAsync(
            transaction => transaction.ExecuteAsync(
                $"""
                INSERT INTO heartbeats (source, written_at, heard_at) VALUES (@Source, @WrittenAt, @now)
                ON CONFLICT (source) DO UPDATE SET written_at = @WrittenAt, heard_at = @now WHERE heartbeats.written_at < @WrittenAt
                """,
                new { heartbeat.Source, heartbeat.WrittenAt, now = InboxTables.Now }),
            cancellationToken);
        Keep(heartbeat.Source, heartbeat.WrittenAt);
    }

    async Task IHeartbeats.ReadAsync(Database database, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            session => session.QueryAsync<(string Source, long WrittenAt)>("SELECT source, written_at FROM heartbeats"), cancellationToken);
        foreach (var (source, at) in rows)
            Keep(source, at);
    }

    private void Keep(string source, long at) => written.AddOrUpdate(source, at, (_, before) => Math.Max(before, at));
}

/// <summary>What the bus tells the heartbeats of a module.</summary>
internal interface IHeartbeats
{
    Task HeardAsync(Database database, Envelope heartbeat, CancellationToken cancellationToken);

    Task ReadAsync(Database database, CancellationToken cancellationToken);
}
