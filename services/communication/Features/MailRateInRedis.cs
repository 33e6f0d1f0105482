using Loyalty.Communications.Domain;
using StackExchange.Redis;

namespace Loyalty.Communications.Features;

/// <summary>The rate over all replicas, counted in Redis; while Redis is away each replica keeps to its share.</summary>
internal sealed class MailRateInRedis(RedisStore redis, CommunicationOptions options) : IMailRate
{
    /// <summary>GCRA in microseconds: moves numbers and decides nothing about people. KEYS: the rate. ARGV: interval, burst, wanted (under 0: given back).</summary>
    private const string Script =
        """
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
        local granted = wanted
        if wanted > 0 then
          granted = math.max(0, math.min(wanted, math.floor((now + burst * interval - at) / interval)))
        end
        if granted ~= 0 then
          at = at + granted * interval
          redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', math.max(1, math.ceil((at - now) / 1000) + 1000))
        end
        if granted < wanted then
          return {granted, at + interval - burst * interval - now}
        end
        return {granted, 0}
        """;

    private readonly MailRateInProcess share = new(options);

    public async ValueTask<(int Granted, TimeSpan NextIn)> TakeAsync(int wanted)
    {
        if (options.MailsPerSecond is null)
            return (wanted, TimeSpan.Zero);
        try
        {
            if (redis.Database is { } database)
            {
                var answer = (RedisResult[])await RunAsync(database, wanted);
                return ((int)answer[0], TimeSpan.FromMicroseconds((long)answer[1]));
            }
        }
        catch (Exception e) when (RedisStore.IsAway(e))
        {
            // Redis is away: the share counts.
        }

        return await share.TakeAsync(wanted);
    }

    public void GiveBack(int unused)
    {
        // What was taken from the share while Redis was away is given to Redis: too few leave for a moment, never too many.
        if (unused > 0 && options.MailsPerSecond is not null && redis.Database is { } database)
            _ = RunAsync(database, -unused).ContinueWith(task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task<RedisResult> RunAsync(IDatabase database, int wanted)
    {
        RedisKey key = RedisKeys.Rate("mail");
        var perSecond = options.MailsPerSecond ?? 1;
        RedisValue[] args = [(long)(1_000_000 / perSecond), MailRateInProcess.BurstOf(perSecond), wanted];
        try
        {
            return await database.ScriptEvaluateAsync(Script, [key], args).WaitAsync(RedisStore.Patience, CancellationToken.None);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Flushed since: this client remembers having loaded the script and does not fall back by itself.
            return await database.ExecuteAsync("EVAL", Script, 1, key, args[0], args[1], args[2]).WaitAsync(RedisStore.Patience, CancellationToken.None);
        }
    }
}
