using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Loyalty.Communications.Features;

/// <summary>Copies of people in Redis, for all replicas. Flushed, stale or dead it costs speed and never a mailing too many.</summary>
internal sealed partial class CopiesInRedis(RedisStore redis, ILogger<CopiesInRedis> log) : IRecipientCopies
{
    public async Task<byte[]?> FindAsync(Guid customerId)
    {
        try
        {
            return redis.Database is { } database ? (byte[]?)await database.StringGetAsync(RedisKeys.Recipient(customerId)) : null;
        }
        catch (Exception e) when (RedisStore.IsAway(e))
        {
            LogAway(e.GetType().Name);
            return null;
        }
    }

    public void Keep(Guid customerId, byte[] copy, TimeSpan forSoLong) =>
        Try(database => database.StringSet(RedisKeys.Recipient(customerId), copy, forSoLong, When.Always, CommandFlags.FireAndForget));

    public void Forget(IReadOnlyList<Guid> customerIds) => Try(database =>
    {
        foreach (var id in customerIds)
            database.KeyDelete(RedisKeys.Recipient(id), CommandFlags.FireAndForget);
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
