using System.Diagnostics.Metrics;
using Google.Protobuf;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

public sealed class InboxTablesTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    public static TheoryData<Provider> Both => [Provider.Postgres, Provider.Sqlite];

    [Theory, MemberData(nameof(Both))]
    public async Task The_inbox_forgets_what_is_older_and_nothing_else(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var (old, recent) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await store.Database.WriteAsync(tx => InboxTables.NoteAsync(tx, "a", old), Ct);
        var between = InboxTables.Now + 1;
        await Loyalty.TestKit.Eventually.TrueAsync(() => InboxTables.Now > between);
        await store.Database.WriteAsync(tx => InboxTables.NoteAsync(tx, "a", recent), Ct);
        (await store.Database.WriteAsync(tx => InboxTables.ForgetAsync(tx, between), Ct)).ShouldBe(1);
        (await store.Database.WriteAsync(tx => InboxTables.NoteAsync(tx, "a", recent), Ct)).ShouldBeFalse();
        (await store.Database.WriteAsync(tx => InboxTables.NoteAsync(tx, "b", recent), Ct)).ShouldBeTrue(); // each consumer for itself
        (await store.Database.WriteAsync(tx => InboxTables.NoteAsync(tx, "a", old), Ct)).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Parking_twice_keeps_the_first_and_a_due_event_is_taken_by_one(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var message = new CustomerRegistered { CustomerId = $"{Guid.NewGuid()}" };
        var envelope = new Envelope(Guid.CreateVersion7(), "customer", CustomerRegistered.Descriptor.FullName, message.ToByteArray(), null, 1, 2);
        for (var i = 0; i < 2; i++)
            await store.Database.WriteAsync(tx => InboxTables.ParkAsync(tx, envelope, "a", message, 1, $"reason {i}", TimeSpan.Zero), Ct);
        var taken = new List<ParkedEvent>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 6), Ct, async (_, ct) =>
        {
            if (await store.Database.WriteAsync(tx => InboxTables.TakeDueAsync(tx, TimeSpan.FromMinutes(1)), ct) is { } parked)
                lock (taken)
                    taken.Add(parked);
        });
        var one = taken.ShouldHaveSingleItem();
        one.Envelope.Payload.ShouldBe(envelope.Payload);
        (one.MessageId, one.Consumer, one.Attempts, one.SaidAt, one.WrittenAt).ShouldBe((envelope.MessageId, "a", 1, 1, 2));
        await store.Database.WriteAsync(tx => InboxTables.GiveBackAsync(tx, "a", envelope.MessageId), Ct);
        (await store.Database.WriteAsync(tx => InboxTables.TakeDueAsync(tx, TimeSpan.FromMinutes(1)), Ct)).ShouldNotBeNull();
    }

    [Fact]
    public async Task An_event_that_fails_while_the_failed_are_replayed_is_not_lost()
    {
        await using var store = await TestDatabase.CreateAsync(Provider.Postgres);
        var first = new Envelope(Guid.CreateVersion7(), "customer", CustomerRegistered.Descriptor.FullName, [], null, 1, 2);
        var second = first with { MessageId = Guid.CreateVersion7() };
        await store.Database.WriteAsync(tx => InboxTables.FailAsync(tx, first, "a", "r"), Ct);
        var held = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var holding = store.Database.WriteAsync(
            async tx =>
            {
                // The replay's first statement waits for the fate of this row, and so for us.
                await tx.ExecuteAsync(
                    """
                    INSERT INTO inbox_parked (consumer, message_id, source, type, payload, said_at, written_at, attempts, due_at, reason, parked_at)
                    SELECT consumer, message_id, source, type, payload, said_at, written_at, 0, 0, reason, 0 FROM inbox_failed
                    """);
                held.SetResult();
                await release.Task;
            },
            Ct);
        await held.Task;
        var replay = FailedEvents.ReplayAsync(store.Database, null, Ct);
        await Loyalty.TestKit.Eventually.TrueAsync(() => store.Database.ReadAsync(
            s => s.SingleAsync<bool>("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"), Ct));
        await store.Database.WriteAsync(tx => InboxTables.FailAsync(tx, second, "a", "r"), Ct);
        release.SetResult();
        await holding;

        (await replay).ShouldBe(1);
        (await store.Database.ReadAsync(s => s.QueryAsync<Guid>("SELECT message_id FROM inbox_parked"), Ct)).ShouldBe([first.MessageId]);
        (await store.Database.ReadAsync(s => s.QueryAsync<Guid>("SELECT message_id FROM inbox_failed"), Ct)).ShouldBe([second.MessageId]);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Lag_and_counts_are_measured(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var message = new CustomerRegistered { CustomerId = "x" };
        var envelope = new Envelope(Guid.CreateVersion7(), "customer", CustomerRegistered.Descriptor.FullName, message.ToByteArray(), null, 1, 2);
        await store.Database.WriteAsync(
            async tx =>
            {
                tx.Say(message);
                await InboxTables.ParkAsync(tx, envelope, "a", message, 1, "r", TimeSpan.Zero);
                await InboxTables.FailAsync(tx, envelope, "b", "r");
                await InboxTables.FailAsync(tx, envelope, "c", "r");
            },
            Ct);
        var upkeep = new Upkeep(new ProbeModule(), store.Database, new Heartbeats<ProbeModule>(), new MessagingOptions());
        using var measures = new MessagingMeasures([upkeep]);
        await Loyalty.TestKit.Eventually.TrueAsync(async () =>
        {
            await upkeep.LookAsync(Ct);
            return upkeep.OutboxLagSeconds > 0;
        });
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name is "loyalty.outbox.lag" or "loyalty.inbox.parked" or "loyalty.inbox.failed")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Keep(instrument, value));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Keep(instrument, value));
        listener.Start();
        listener.RecordObservableInstruments();
        seen["loyalty.inbox.parked"].ShouldBeGreaterThanOrEqualTo(1);
        seen["loyalty.inbox.failed"].ShouldBeGreaterThanOrEqualTo(2);
        seen["loyalty.outbox.lag"].ShouldBeGreaterThan(0);

        // Hosts of other tests measure at the same time.
        void Keep(Instrument instrument, double value) => seen[instrument.Name] = Math.Max(value, seen.GetValueOrDefault(instrument.Name));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Nothing_waiting_is_no_lag(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var upkeep = new Upkeep(new ProbeModule(), store.Database, new Heartbeats<ProbeModule>(), new MessagingOptions());
        await upkeep.LookAsync(Ct);
        (upkeep.OutboxLagSeconds, upkeep.ParkedCount, upkeep.FailedCount).ShouldBe((0, 0, 0));
        await upkeep.ForgetAsync(Ct);
    }

    [Fact]
    public void The_people_of_an_event_are_its_customer_and_those_of_its_entries()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        Subjects.Of(new CustomerRegistered { CustomerId = $"{a}" }).ShouldBe([a]);
        Subjects.Of(new CustomerRegistered { CustomerId = "no id" }).ShouldBeEmpty();
        Subjects.Of(new CustomerHeartbeat()).ShouldBeEmpty();
        Subjects.Of(new InteractionsRecorded
        {
            Entries =
            {
                new InteractionsRecorded.Types.Entry { CustomerId = $"{a}" },
                new InteractionsRecorded.Types.Entry { CustomerId = $"{b}" },
                new InteractionsRecorded.Types.Entry { CustomerId = $"{a}" },
            },
        }).ShouldBe([a, b], ignoreOrder: true);
    }

    [Fact]
    public void A_reason_holds_nothing_that_a_person_wrote()
    {
        InboxTables.Reason(new InvalidOperationException("Anna, +31 20 123")).ShouldBe("InvalidOperationException");
        InboxTables.Reason(Refusal.NotFound("CUSTOMER_UNKNOWN", "Anna")).ShouldBe("CUSTOMER_UNKNOWN");
    }

    [Theory]
    [InlineData("QueueType", "lazy")]
    [InlineData("DeliveryLimit", "3")]
    [InlineData("ParkTries", "0")]
    [InlineData("HandlerTimeout", "1.00:00:00")]
    [InlineData("Prefetch", "many")]
    public void A_setting_out_of_its_range_is_named(string setting, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Bus:{setting}", value)]).Build();
        Should.Throw<SettingFault>(() => MessagingOptions.From(configuration)).Message.ShouldContain($"Bus__{setting}");
    }

    [Fact]
    public void An_event_is_parked_longer_after_each_failure_up_to_the_most()
    {
        var options = new MessagingOptions();
        Enumerable.Range(1, 9).Select(options.DelayAfter).ShouldBe(
        [
            TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(270), TimeSpan.FromSeconds(810),
            TimeSpan.FromSeconds(2430), TimeSpan.FromSeconds(7290), TimeSpan.FromHours(6), TimeSpan.FromHours(6),
        ]);
    }
}
