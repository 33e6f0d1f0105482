using System.Diagnostics;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>Broker and databases that go away at the worst moment. Oracle: what was said is in effect exactly once at each hearer.</summary>
public sealed class BrokerFaultTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly TempFolder folder = new("faults");
    private RabbitMqServer rabbit = null!; // set in InitializeAsync
    private Uri vhost = null!; // set in InitializeAsync

    public async ValueTask InitializeAsync()
    {
        rabbit = await RabbitMqServer.StartAsync(Ct);
        vhost = await rabbit.CreateVhostAsync("faults", Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await rabbit.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData(Provider.Postgres)]
    [InlineData(Provider.Sqlite)]
    public async Task What_is_said_while_the_broker_is_down_arrives_when_it_is_back(Provider provider)
    {
        var settings = await MessagingHost.SettingsAsync(provider, folder, vhost, "customer", "communication");
        await using var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]);
        await host.SayAsync(new CustomerRegistered { CustomerId = "before" });
        await HeardAsync(host, "communication", ["before"]);
        await rabbit.StopAsync(Ct);
        var said = Stopwatch.StartNew();
        await host.SayAsync(new CustomerRegistered { CustomerId = "down" });
        said.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5)); // saying never waits for the broker
        await rabbit.StartAgainAsync(Ct);
        await HeardAsync(host, "communication", ["before", "down"]);
    }

    [Fact]
    public async Task A_host_starts_and_stops_while_the_broker_is_away()
    {
        var settings = await MessagingHost.SettingsAsync(Provider.Sqlite, folder, vhost, "customer", "communication");
        await rabbit.StopAsync(Ct);
        await using (var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()], untilBound: false))
            await host.SayAsync(new CustomerRegistered { CustomerId = "early" });
        await rabbit.StartAgainAsync(Ct);
        await using var again = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]);
        await HeardAsync(again, "communication", ["early"]);
    }

    [Fact]
    public async Task A_broker_killed_in_mid_stream_loses_and_repeats_nothing()
    {
        var settings = await MessagingHost.SettingsAsync(Provider.Postgres, folder, vhost, "customer", "communication", "recognition");
        settings["Bus:PublishTimeout"] = "00:00:03";
        await using var sayer = await MessagingHost.StartAsync(settings, [new ProbeModule()]);
        await using var first = await MessagingHost.StartAsync(settings, [new CommunicationProbe()]);
        await using var second = await MessagingHost.StartAsync(settings, [new RecognitionProbe()]);
        await sayer.SayAsync(new CustomerRegistered { CustomerId = "warm" });
        await HeardAsync(first, "communication", ["warm"]);

        var ids = Enumerable.Range(0, 4000).Select(i => $"{i:00000}").ToList();
        var saying = Task.Run(
            async () =>
            {
                foreach (var part in ids.Chunk(10))
                    await sayer.SayAsync([.. part.Select(id => new CustomerRegistered { CustomerId = id })]);
            },
            Ct);
        await Eventually.TrueAsync(async () => await first.CountAsync("communication", "effects") > 500, TimeSpan.FromSeconds(60));
        await rabbit.KillAsync();
        (await first.CountAsync("communication", "effects")).ShouldBeLessThan(ids.Count); // it was in mid-stream
        await rabbit.StartAgainAsync(Ct);
        await saying;
        await HeardAsync(first, "communication", [.. ids, "warm"]);
        await HeardAsync(second, "recognition", [.. ids], also: "warm");
    }

    [Fact]
    public async Task A_database_restarted_in_mid_stream_makes_the_queue_wait_and_parks_nothing()
    {
        await using var postgres = await PostgresServer.StartAsync(Ct);
        var settings = await MessagingHost.SettingsAsync(Provider.Sqlite, folder, vhost, "customer");
        settings["ConnectionStrings:communication"] = await postgres.CreateDatabaseAsync("hearer", Ct);
        await using var sayer = await MessagingHost.StartAsync(settings, [new ProbeModule()]);
        await using var hearer = await MessagingHost.StartAsync(settings, [new CommunicationProbe()]);
        await sayer.SayAsync(new CustomerRegistered { CustomerId = "warm" });
        await HeardAsync(hearer, "communication", ["warm"]);

        var ids = Enumerable.Range(0, 3000).Select(i => $"{i:00000}").ToList();
        foreach (var part in ids.Chunk(500))
            await sayer.SayAsync([.. part.Select(id => new CustomerRegistered { CustomerId = id })]);
        await Eventually.TrueAsync(async () => await hearer.CountAsync("communication", "effects") > 200, TimeSpan.FromSeconds(60));
        await postgres.KillAsync();
        await postgres.StartAgainAsync(Ct);
        await HeardAsync(hearer, "communication", [.. ids, "warm"]);
        (await hearer.CountAsync("communication", "inbox_failed")).ShouldBe(0);
    }

    private static Task HeardAsync(MessagingHost host, string service, List<string> expected, string? also = null) =>
        Eventually.PassesAsync(
            async () =>
            {
                var effects = await host.EffectsAsync(service, service);
                effects.RemoveAll(effect => effect == also);
                effects.Count.ShouldBe(expected.Count);
                effects.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal), StringComparer.Ordinal).ShouldBeTrue();
            },
            TimeSpan.FromSeconds(90));
}
