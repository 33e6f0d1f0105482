using Loyalty.TestKit;
using Npgsql;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace Loyalty.ServiceDefaults.Tests.TestKit;

public sealed class ServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_PostgreSQL_comes_back_on_its_port_with_what_was_committed()
    {
        await using var postgres = await PostgresServer.StartAsync(Token);
        var database = await postgres.CreateDatabaseAsync("kit", Token);
        await ExecuteAsync(database, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");

        await postgres.KillAsync();
        await Should.ThrowAsync<Exception>(() => ExecuteAsync(database, "SELECT n FROM kept"));
        await postgres.StartAgainAsync(Token);
        (await ExecuteAsync(database, "SELECT n FROM kept")).ShouldBe(42);

        await postgres.StopAsync(Token);
        await Should.ThrowAsync<Exception>(() => ExecuteAsync(database, "SELECT n FROM kept"));
        await postgres.StartAgainAsync(Token);
        (await ExecuteAsync(database, "SELECT n FROM kept")).ShouldBe(42);
        (await ExecuteAsync(database, "SHOW fsync")).ShouldBe("on");
    }

    [Fact]
    public async Task A_killed_RabbitMQ_comes_back_with_its_durable_messages_and_keeps_virtual_hosts_apart()
    {
        await using var rabbit = await RabbitMqServer.StartAsync(Token);
        var (one, two) = (await rabbit.CreateVhostAsync("one", Token), await rabbit.CreateVhostAsync("two", Token));
        await PublishAsync(one, "kept");
        (await CountAsync(one)).ShouldBe(1u);
        (await CountAsync(two)).ShouldBe(0u);

        await rabbit.KillAsync();
        await Should.ThrowAsync<Exception>(() => CountAsync(one));
        await rabbit.StartAgainAsync(Token);
        (await CountAsync(one)).ShouldBe(1u);

        await rabbit.StopAsync(Token);
        await rabbit.StartAgainAsync(Token);
        (await CountAsync(one)).ShouldBe(1u);
    }

    [Fact]
    public async Task A_stopped_Redis_comes_back_empty_on_its_port_and_a_stalled_one_with_what_it_held()
    {
        await using var redis = await RedisServer.StartAsync(Token);
        (await RedisSetAsync(redis, "1")).ShouldBeTrue();

        redis.Stall();
        redis.Resume();
        (await RedisSetAsync(redis, "2")).ShouldBeFalse();

        await redis.StopAsync(Token);
        await redis.StartAgainAsync(Token);
        (await RedisSetAsync(redis, "3")).ShouldBeTrue();

        await redis.KillAsync();
        await redis.StartAgainAsync(Token);
        (await RedisSetAsync(redis, "4")).ShouldBeTrue();
    }

    [Fact]
    public async Task Shared_servers_give_everybody_a_database_and_a_virtual_host_of_their_own()
    {
        var (one, two) = (await SharedServers.CreateDatabaseAsync("Same", Token), await SharedServers.CreateDatabaseAsync("Same", Token));
        one.ShouldNotBe(two, StringComparer.Ordinal);
        await ExecuteAsync(one, "CREATE TABLE only_here (n int)");
        await Should.ThrowAsync<PostgresException>(() => ExecuteAsync(two, "SELECT n FROM only_here"));

        using var vhost = await SharedServers.TakeVhostAsync("Same", Token);
        (await CountAsync(vhost.Address)).ShouldBe(0u);
        (await SharedServers.RedisAsync()).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task An_offered_virtual_host_is_lent_to_one_holder_at_a_time()
    {
        var offered = new OfferedVhosts("amqp://localhost/a amqp://localhost/b");
        using var first = await offered.TakeAsync(Token);
        var second = await offered.TakeAsync(Token);
        first.Address.ShouldNotBe(second.Address);
        var third = offered.TakeAsync(Token);
        third.IsCompleted.ShouldBeFalse();
        second.Dispose();
        second.Dispose();
        (await third).Address.ShouldBe(second.Address);
        offered.TakeAsync(Token).IsCompleted.ShouldBeFalse();
    }

    private static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Token);
    }

    private static async Task PublishAsync(Uri address, string text)
    {
        await using var connection = await new ConnectionFactory { Uri = address }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), Token);
        await channel.QueueDeclareAsync("kit", durable: true, exclusive: false, autoDelete: false, cancellationToken: Token);
        await channel.BasicPublishAsync(
            "", "kit", mandatory: true, new BasicProperties { Persistent = true }, System.Text.Encoding.UTF8.GetBytes(text), Token);
    }

    private static async Task<uint> CountAsync(Uri address)
    {
        await using var connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        return (await channel.QueueDeclareAsync("kit", durable: true, exclusive: false, autoDelete: false, cancellationToken: Token)).MessageCount;
    }

    private static async Task<bool> RedisSetAsync(RedisServer server, string value)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        return await redis.GetDatabase().StringSetAsync("kit", value, when: When.NotExists);
    }
}
