using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Loyalty.Communications.Features;

/// <summary>Copies of people in Redis, for all replicas. Flushed, stale or dead it costs speed and never a mailing too many.</summary>
internal sealed partial class CopiesInRedis(RedisStore redis, ILogger<CopiesInRedis> log) : IRecipientCopies
{
    /// <summary>As long as reading a person from the database may take.</summary>
    private static readonly TimeSpan TicketHolds = TimeSpan.FromSeconds(30);

    public async Task<(byte[]? Copy, long Ticket)> FindAsync(Guid customerId)
    {
        try
        {
            if (redis.Database is not { } database)
                return (null, 0);
            if ((byte[]?)await database.StringGetAsync(RedisKeys.Recipient(customerId)).WaitAsync(RedisStore.Patience, CancellationToken.None) is { } copy)
                return (copy, 0);
            var ticket = Random.Shared.NextInt64(1, long.MaxValue);
            await database.StringSetAsync(RedisKeys.Ticket(customerId), ticket, TicketHolds).WaitAsync(RedisStore.Patience, CancellationToken.None); // there before the person is read
            return (null, ticket);
        }
        catch (Exception e) when (RedisStore.IsAway(e))
        {
            LogAway(e.GetType().Name);
            return (null, 0);
        }
    }

    public void Keep(Guid customerId, byte[] copy, long ticket, TimeSpan forSoLong) => Try(database =>
    {
        var keep = database.CreateTransaction();
        keep.AddCondition(Condition.StringEqual(RedisKeys.Ticket(customerId), ticket));
        _ = keep.StringSetAsync(RedisKeys.Recipient(customerId), copy, forSoLong, When.Always, CommandFlags.FireAndForget);
        keep.Execute(CommandFlags.FireAndForget);
    });

    public void Forget(IReadOnlyList<Guid> customerIds) => Try(database =>
    {
        foreach (var id in customerIds)
            database.KeyDelete([RedisKeys.Recipient(id), RedisKeys.Ticket(id)], CommandFlags.FireAndForget);
    });

    private void Try(Action<IDatabase> act)
    {
        try
        {
            if (redis.Database is { } database)
                act(database);
        }
        catch (Exception e) when (RedisStore.IsAway(e))
        {
            LogAway(e.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Redis is away ({Fault}); the dry run reads the database")]
    private partial void LogAway(string fault);
}
