using StackExchange.Redis;

namespace Loyalty.Communications.Features;

/// <summary>The one connection to Redis; connects in the background and is allowed to be away.</summary>
internal sealed class RedisStore : IDisposable
{
    /// <summary>The client waits for ever on a server that is frozen: longer than this counts as away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lazy<Task<ConnectionMultiplexer>> connection;

    /// <param name="address">host:port[,password=..].</param>
    public RedisStore(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 1000;
        options.SyncTimeout = 1000;
        options.ResponseTimeout = 1000;
        connection = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectionMultiplexer.ConnectAsync(options));
    }

    /// <summary>Null while there is no connection: nobody waits for one.</summary>
    public IDatabase? Database => connection.Value is { IsCompletedSuccessfully: true, Result: { IsConnected: true } redis } ? redis.GetDatabase() : null;

    public static bool IsAway(Exception e) => e is RedisException or TimeoutException or ObjectDisposedException or AggregateException;

    public void Dispose()
    {
        if (connection is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: var redis } })
            redis.Dispose();
    }
}

/// <summary>Builds every key of this service; each carries a hash tag, so that what belongs together lies together.</summary>
internal static class RedisKeys
{
    public static RedisKey Recipient(Guid customerId) => $"loyalty:communication:recipient:{{{customerId:N}}}";

    public static RedisKey Ticket(Guid customerId) => $"loyalty:communication:ticket:{{{customerId:N}}}";

    public static RedisKey Rate(string provider) => $"loyalty:communication:rate:{{{provider}}}";
}
