using System.Diagnostics;
using Google.Protobuf;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>What messaging promises on both databases and both buses.</summary>
public abstract class MessagingContract(Provider provider, bool rabbit) : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly TempFolder folder = new("messaging");
    private VhostLease? vhost;
    private Dictionary<string, string?> settings = null!; // set in InitializeAsync
    private MessagingHost host = null!; // set in InitializeAsync

    public async ValueTask InitializeAsync()
    {
        if (rabbit)
        {
            vhost = await SharedServers.TakeVhostAsync("messaging");
            await Wire.DeleteQueuesAsync(vhost.Address);
        }

        settings = await MessagingHost.SettingsAsync(provider, folder, vhost?.Address, "customer", "communication", "recognition");
        host = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        vhost?.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_is_said_is_heard_once_by_everyone_who_hears_it_and_leaves_the_outbox()
    {
        var ids = Ids(300);
        foreach (var part in ids.Chunk(100))
            await host.SayAsync([.. part.Select(id => new CustomerRegistered { CustomerId = id })]);
        await EffectsReachAsync("communication", "communication", ids);
        await EffectsReachAsync("recognition", "recognition", ids);
        await EventsLeaveTheOutboxAsync();
    }

    [Fact]
    public async Task Two_handlers_of_one_event_each_act_once_and_do_not_hinder_each_other()
    {
        host.Behaviour.Before = (name, _, _) => name == "second" ? throw new FormatException() : Task.CompletedTask;
        var id = Ids(1);
        await host.SayAsync(new ConsentChanged { CustomerId = id[0] });
        await EffectsReachAsync("communication", "communication", id);
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_failed") == 1);
        (await host.EffectsAsync("communication", "second")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Duplicates_in_any_order_act_once()
    {
        var said = Ids(60).ConvertAll(id => Envelope(new CustomerRegistered { CustomerId = id }));
        var publisher = host.Services.GetRequiredService<Publisher>();
        var random = new Random(7);
        foreach (var envelope in Enumerable.Repeat(said, 3).SelectMany(all => all).OrderBy(_ => random.Next()))
            await publisher.PublishAsync(envelope, Ct);
        await EffectsReachAsync("communication", "communication", [.. said.Select(e => CustomerRegistered.Parser.ParseFrom(e.Payload).CustomerId)]);
        var last = Ids(1);
        await host.SayAsync(new CustomerRegistered { CustomerId = last[0] });
        await Eventually.ReachesAsync(() => host.EffectsAsync("communication", "communication"), effects => effects.Contains(last[0]));
        (await host.EffectsAsync("communication", "communication")).Count.ShouldBe(61);
    }

    [Fact]
    public async Task A_handler_that_fails_is_fed_again_and_meanwhile_its_people_are_known_to_be_behind()
    {
        var id = Guid.CreateVersion7();
        var broken = true;
        await RestartWithAsync("Bus:ParkDelay", "00:00:02");
        host.Behaviour.Before = (name, _, _) => name == "communication" && broken ? throw new InvalidOperationException("personal value") : Task.CompletedTask;
        await host.SayAsync(new CustomerRegistered { CustomerId = $"{id}" });
        await Eventually.TrueAsync(async () => (await BehindAsync<CommunicationProbe>("communication", id, Guid.NewGuid())).SetEquals([id]));
        var reason = await host.DatabaseOf("communication").ReadAsync(s => s.SingleAsync<string>("SELECT reason FROM inbox_parked"), Ct);
        reason.ShouldStartWith("InvalidOperationException");
        reason.ShouldNotContain("personal value");
        await EventsLeaveTheOutboxAsync(); // it was acknowledged

        broken = false;
        await EffectsReachAsync("communication", "communication", [$"{id}"]);
        (await host.CountAsync("communication", "inbox_parked")).ShouldBe(0);
        (await BehindAsync<CommunicationProbe>("communication", id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task After_the_last_try_it_rests_in_failed_until_it_is_replayed()
    {
        var id = Guid.CreateVersion7();
        var broken = true;
        var tries = 0;
        host.Behaviour.Before = (name, _, _) =>
        {
            if (name != "communication" || !broken)
                return Task.CompletedTask;
            Interlocked.Increment(ref tries);
            throw new InvalidOperationException();
        };
        await host.SayAsync(new CustomerRegistered { CustomerId = $"{id}" });
        var database = host.DatabaseOf("communication");
        var failed = await Eventually.ReachesAsync(() => FailedEvents.ListAsync(database, Guid.Empty, Ct), list => list.Count == 1);
        tries.ShouldBe(3);
        failed[0].Attempts.ShouldBe(3);
        failed[0].Consumer.ShouldBe(nameof(HearForCommunication));
        failed[0].Type.ShouldBe("loyalty.customer.v1.CustomerRegistered");
        (await BehindAsync<CommunicationProbe>("communication", id)).ShouldBe([id]);

        broken = false;
        (await FailedEvents.ReplayAsync(database, Guid.NewGuid(), Ct)).ShouldBe(0);
        (await FailedEvents.ReplayAsync(database, failed[0].Id, Ct)).ShouldBe(1);
        await EffectsReachAsync("communication", "communication", [$"{id}"]);
        (await FailedEvents.ListAsync(database, Guid.Empty, Ct)).ShouldBeEmpty();
        (await BehindAsync<CommunicationProbe>("communication", id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bad_entry_of_a_batch_is_parked_alone()
    {
        var broken = true;
        var (good, bad) = (Entry(), Entry());
        await RestartWithAsync("Bus:ParkDelay", "00:00:01");
        host.Behaviour.Before = (_, message, _) =>
            broken && message is InteractionsRecorded batch && batch.Entries[0].InteractionId == bad.InteractionId ? throw new FormatException() : Task.CompletedTask;
        await host.SayAsync(new InteractionsRecorded { Entries = { good, bad } });
        await EffectsReachAsync("recognition", "batch", [good.InteractionId]);
        (await BehindAsync<RecognitionProbe>("recognition", Guid.Parse(good.CustomerId), Guid.Parse(bad.CustomerId))).ShouldBe([Guid.Parse(bad.CustomerId)]);
        broken = false;
        await EffectsReachAsync("recognition", "batch", [good.InteractionId, bad.InteractionId]);
        (await host.CountAsync("recognition", "inbox_parked")).ShouldBe(0);
    }

    [Fact]
    public async Task The_trace_of_the_call_that_said_it_goes_on_in_the_handler()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Loyalty" or "MassTransit",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var call = new Activity("call").Start();
        await host.SayAsync(new CustomerRegistered { CustomerId = Ids(1)[0] });
        call.Stop();
        await Eventually.TrueAsync(() => host.Behaviour.Traces.Count == 2);
        host.Behaviour.Traces.ShouldAllBe(trace => trace == call.TraceId.ToString());
    }

    [Fact]
    public async Task A_poisoned_event_is_kept_byte_for_byte_and_the_ones_behind_it_pass()
    {
        byte[] poison = [0xFF, 0xFF, 0xFF, 0x01];
        await host.Services.GetRequiredService<Publisher>().PublishAsync(Envelope(new CustomerRegistered()) with { Payload = poison }, Ct);
        var id = Ids(1);
        await host.SayAsync(new CustomerRegistered { CustomerId = id[0] });
        await EffectsReachAsync("communication", "communication", id);
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_failed") == 1);
        (await host.DatabaseOf("communication").ReadAsync(s => s.SingleAsync<byte[]>("SELECT payload FROM inbox_failed"), Ct)).ShouldBe(poison);

        // Replaying what cannot be read ends where it was.
        await FailedEvents.ReplayAsync(host.DatabaseOf("communication"), null, Ct);
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_parked") == 0 && await host.CountAsync("communication", "inbox_failed") == 1);
    }

    [Fact]
    public async Task The_age_of_a_heartbeat_is_known_and_survives_a_restart()
    {
        var heartbeats = host.Services.GetRequiredService<Heartbeats<CommunicationProbe>>();
        heartbeats.AgeOf("nobody").ShouldBeNull();
        await Eventually.TrueAsync(() => heartbeats.AgeOf("customer") < TimeSpan.FromSeconds(5));
        host.Services.GetRequiredService<Heartbeats<ProbeModule>>().AgeOf("communication").ShouldBeNull(); // not heard there

        await host.DisposeAsync();
        settings["Bus:HeartbeatEvery"] = "00:01:00";
        host = await StartAsync();
        heartbeats = host.Services.GetRequiredService<Heartbeats<CommunicationProbe>>();
        await Eventually.TrueAsync(() => heartbeats.AgeOf("customer") is not null);
    }

    [Fact]
    public async Task A_heartbeat_from_a_clock_that_is_ahead_does_not_count()
    {
        var heartbeats = host.Services.GetRequiredService<Heartbeats<CommunicationProbe>>();
        var hearing = (IHeartbeats)heartbeats;
        var database = host.DatabaseOf("communication");
        var beat = Envelope(new CustomerHeartbeat()) with { Source = "skewed", WrittenAt = Instant.Of(DateTimeOffset.UtcNow.AddHours(1)) };
        await hearing.HeardAsync(database, beat, Ct);
        heartbeats.AgeOf("skewed").ShouldBeNull();
        await hearing.HeardAsync(database, beat with { WrittenAt = Instant.Of(DateTimeOffset.UtcNow.AddMinutes(-5)) }, Ct);
        heartbeats.AgeOf("skewed").ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.FromMinutes(4)); // although it was heard just now
    }

    [Fact]
    public async Task What_was_not_finished_when_the_host_went_down_is_heard_after_the_next_start()
    {
        var ids = Ids(40);
        await RestartWithAsync("Bus:ParkTries", "100"); // what fails while the host goes down is tried again, not given up
        host.Behaviour.Before = (_, _, _) => Task.Delay(Timeout.Infinite, host.Stopping);
        await host.SayAsync([.. ids.Select(id => new CustomerRegistered { CustomerId = id })]);
        await Eventually.TrueAsync(() => !host.Behaviour.Traces.IsEmpty);
        await host.DisposeAsync();
        host = await StartAsync();
        await EffectsReachAsync("communication", "communication", ids);
        await EffectsReachAsync("recognition", "recognition", ids);
        await EventsLeaveTheOutboxAsync();
    }

    private async Task RestartWithAsync(string setting, string value)
    {
        await host.DisposeAsync();
        settings[setting] = value;
        host = await StartAsync();
    }

    private Task<MessagingHost> StartAsync() => MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe(), new RecognitionProbe()]);

    private Task EffectsReachAsync(string service, string consumer, List<string> expected) =>
        Eventually.PassesAsync(
            async () => (await host.EffectsAsync(service, consumer)).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal)), TimeSpan.FromSeconds(30));

    private Task EventsLeaveTheOutboxAsync() =>
        Eventually.TrueAsync(async () => await host.CountAsync("customer", "outbox WHERE type NOT LIKE '%Heartbeat'") == 0);

    private Task<HashSet<Guid>> BehindAsync<TModule>(string service, params Guid[] ids)
        where TModule : ProbeModule =>
        host.DatabaseOf(service).ReadAsync(s => host.Services.GetRequiredService<Parked<TModule>>().OfAsync(s, ids), Ct);

    private static List<string> Ids(int n) => [.. Enumerable.Range(0, n).Select(_ => $"{Guid.CreateVersion7()}")];

    private static InteractionsRecorded.Types.Entry Entry() => new() { InteractionId = $"{Guid.NewGuid()}", CustomerId = $"{Guid.NewGuid()}" };

    private static Envelope Envelope(IMessage e)
    {
        var now = Instant.Of(DateTimeOffset.UtcNow);
        return new(Guid.CreateVersion7(), "customer", e.Descriptor.FullName, e.ToByteArray(), null, now, now);
    }
}

public sealed class PostgresRabbitMqTests() : MessagingContract(Provider.Postgres, rabbit: true);

public sealed class SqliteRabbitMqTests() : MessagingContract(Provider.Sqlite, rabbit: true);

public sealed class PostgresInMemoryTests() : MessagingContract(Provider.Postgres, rabbit: false);

public sealed class SqliteInMemoryTests() : MessagingContract(Provider.Sqlite, rabbit: false);
