namespace Loyalty.TestKit;

/// <summary>
/// The servers that all test classes of one run share, started at the first use: a database or a virtual host is a class's own, the server is not,
/// so a test that stops, kills or stalls a server starts a private one. Servers offered through LOYALTY_TEST_POSTGRES, _RABBITMQ and _REDIS are used instead.
/// </summary>
public static class SharedServers
{
    private static readonly Lazy<Task<PostgresServer>> Postgres = new(() => Keep(PostgresServer.StartAsync()));
    private static readonly Lazy<Task<RabbitMqServer>> RabbitMq = new(() => Keep(RabbitMqServer.StartAsync()));
    private static readonly Lazy<Task<RedisServer>> Redis = new(() => Keep(RedisServer.StartAsync()));
    private static readonly Lazy<OfferedVhosts?> Offered = new(() => Variable("RABBITMQ") is { } addresses ? new OfferedVhosts(addresses) : null);

    /// <summary>Creates an empty PostgreSQL database and returns its connection string; LOYALTY_TEST_POSTGRES is a connection string whose account may create databases.</summary>
    public static async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellation = default) =>
        Variable("POSTGRES") is { } offered
            ? await PostgresServer.CreateDatabaseAsync(offered, name, cancellation)
            : await (await Postgres.Value).CreateDatabaseAsync(name, cancellation);

    /// <summary>
    /// Takes a RabbitMQ virtual host until the lease is disposed. LOYALTY_TEST_RABBITMQ is one or more amqp:// addresses with spaces between;
    /// each is lent to one holder at a time, as it is, and the others wait.
    /// </summary>
    public static async Task<VhostLease> TakeVhostAsync(string name, CancellationToken cancellation = default) =>
        Offered.Value is { } offered
            ? await offered.TakeAsync(cancellation)
            : new VhostLease(await (await RabbitMq.Value).CreateVhostAsync(name, cancellation), null);

    /// <summary>A Redis for StackExchange.Redis, shared by all: keep to keys of your own and never flush it. LOYALTY_TEST_REDIS is such a configuration.</summary>
    public static async Task<string> RedisAsync() => Variable("REDIS") ?? (await Redis.Value).Configuration;

    private static string? Variable(string server) =>
        Environment.GetEnvironmentVariable($"LOYALTY_TEST_{server}") is { Length: > 0 } value ? value : null;

    // The servers die with this process in any case; this also removes their folders.
    private static async Task<T> Keep<T>(Task<T> starting)
        where T : IAsyncDisposable
    {
        var server = await starting;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.DisposeAsync().AsTask().Wait(TimeSpan.FromSeconds(10));
        return server;
    }
}
