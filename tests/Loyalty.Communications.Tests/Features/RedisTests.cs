using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Loyalty.Communications.Tests.Features;

/// <summary>Copies and rates against a Redis of our own, which is flushed and stopped.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task Copies_are_kept_forgotten_and_missed_when_redis_is_away()
    {
        await using var server = await RedisServer.StartAsync();
        using var store = new RedisStore(server.Configuration);
        var copies = new CopiesInRedis(store, NullLogger<CopiesInRedis>.Instance);
        var (one, two) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Eventually.TrueAsync(() => store.Database is not null);
        var missed = await copies.FindAsync(one);
        missed.Copy.ShouldBeNull();
        copies.Keep(one, [1, 2], missed.Ticket, TimeSpan.FromMinutes(1));
        copies.Keep(two, [3], (await copies.FindAsync(two)).Ticket, TimeSpan.FromMinutes(1));
        (await Eventually.ReachesAsync(() => copies.FindAsync(two), found => found.Copy is not null)).Copy.ShouldBe([3]);

        copies.Forget([one]);

        await Eventually.TrueAsync(async () => (await copies.FindAsync(one)).Copy is null);
        await server.StopAsync();
        (await copies.FindAsync(two)).Copy.ShouldBeNull();
        copies.Keep(one, [1], 1, TimeSpan.FromMinutes(1)); // must not throw
    }

    [Fact]
    public async Task A_copy_read_before_a_change_is_not_kept_after_it()
    {
        await using var server = await RedisServer.StartAsync();
        using var store = new RedisStore(server.Configuration);
        await Eventually.TrueAsync(() => store.Database is not null);
        using var inProcess = new CopiesInProcess();
        foreach (var copies in (IRecipientCopies[])[inProcess, new CopiesInRedis(store, NullLogger<CopiesInRedis>.Instance)])
        {
            var id = Guid.CreateVersion7();
            var (_, ticket) = await copies.FindAsync(id);
            copies.Forget([id]); // another replica has committed a change
            copies.Keep(id, [1], ticket, TimeSpan.FromMinutes(1));
            var (old, fresh) = await copies.FindAsync(id); // on one connection, behind the other commands
            old.ShouldBeNull();
            copies.Keep(id, [2], fresh, TimeSpan.FromMinutes(1));
            (await copies.FindAsync(id)).Copy.ShouldBe([2]);
        }
    }

    [Fact]
    public async Task The_rate_holds_over_replicas_and_after_a_flush_of_scripts()
    {
        await using var server = await RedisServer.StartAsync();
        using var store = new RedisStore(server.Configuration);
        var options = new CommunicationOptions { MailsPerSecond = 5, Replicas = 2 };
        var (here, there) = (new MailRateInRedis(store, options), new MailRateInRedis(store, options));
        await Eventually.TrueAsync(() => store.Database is not null);

        var first = await here.TakeAsync(4);
        var second = await there.TakeAsync(4);

        (first.Granted, second.Granted).ShouldBe((4, 1));
        second.NextIn.ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(200));
        using var admin = await ConnectionMultiplexer.ConnectAsync(server.Configuration);
        await admin.GetDatabase().ExecuteAsync("SCRIPT", "FLUSH");
        (await here.TakeAsync(0)).Granted.ShouldBe(0); // NOSCRIPT, and the whole script once more
    }

    [Fact]
    public async Task Without_redis_each_replica_keeps_to_its_share()
    {
        using var store = new RedisStore("127.0.0.1:1");
        var rate = new MailRateInRedis(store, new CommunicationOptions { MailsPerSecond = 10, Replicas = 2 });

        (await rate.TakeAsync(20)).Granted.ShouldBe(5);
        (await rate.TakeAsync(1)).Granted.ShouldBe(0);
    }
}
