using System.Security.Cryptography;
using Google.Protobuf;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Tests.Storage;

/// <summary>What both databases promise alike.</summary>
public abstract class DatabaseContract(Provider provider) : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly TestClock clock = new();
    private readonly LookupHash<ProbeModule> hashes = new(
        new ProbeModule(),
        new ConfigurationBuilder()
            .AddInMemoryCollection([new("Keys:Master:a", Convert.ToBase64String(new byte[32])), new("Keys:Lookup", Convert.ToBase64String(new byte[32]))])
            .Build());

    private TestDatabase store = null!; // set in InitializeAsync

    public async ValueTask InitializeAsync()
    {
        store = await TestDatabase.CreateAsync(provider, clock);
        await Database.WriteAsync(
            tx => tx.ExecuteAsync(tx.Sql(
                "CREATE TABLE things (id uuid PRIMARY KEY, happened_at bigint NOT NULL, maybe_at bigint NULL, other_id uuid NULL, n int NOT NULL, good boolean NOT NULL, kind int NOT NULL)",
                "CREATE TABLE things (id BLOB PRIMARY KEY, happened_at INTEGER NOT NULL, maybe_at INTEGER NULL, other_id BLOB NULL, n INTEGER NOT NULL, good INTEGER NOT NULL, kind INTEGER NOT NULL)")),
            Ct);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private protected Database Database => store.Database;

    [Fact]
    public async Task Ids_instants_flags_and_enums_come_back_as_they_went_in()
    {
        var thing = new Thing(Guid.CreateVersion7(clock.GetUtcNow()), Instant.Truncate(DateTimeOffset.UtcNow), null, Guid.NewGuid(), 7, true, Kind.Second);
        var bare = thing with { Id = Guid.CreateVersion7(clock.GetUtcNow().AddSeconds(1)), MaybeAt = thing.HappenedAt, OtherId = null, Good = false };
        await Database.WriteAsync(
            async tx =>
            {
                await InsertAsync(tx, thing);
                await InsertAsync(tx, bare);
            },
            Ct);

        var read = await Database.ReadAsync(s => s.QueryAsync<Thing>("SELECT id, happened_at, maybe_at, other_id, n, good, kind FROM things ORDER BY id"), Ct);
        read.ShouldBe([thing, bare]);
        (await Database.ReadAsync(s => s.SingleAsync<Guid>("SELECT id FROM things WHERE happened_at = @HappenedAt AND other_id = @OtherId", thing), Ct)).ShouldBe(thing.Id);
        (await Database.ReadAsync(s => s.FirstOrDefaultAsync<Thing>("SELECT id, happened_at, maybe_at, other_id, n, good, kind FROM things WHERE id = @id", new { id = Guid.NewGuid() }), Ct)).ShouldBeNull();
        (await Database.ReadAsync(s => s.QueryAsync<DateTimeOffset>("SELECT happened_at FROM things"), Ct)).ShouldAllBe(at => at == thing.HappenedAt);
    }

    [Fact]
    public async Task Of_many_writers_at_once_each_is_kept_or_undone_alone()
    {
        var writers = Enumerable.Range(0, 300).Select(async n =>
        {
            try
            {
                await Database.WriteAsync(
                    async tx =>
                    {
                        await InsertAsync(tx, Some() with { N = n });
                        if (n % 3 == 0)
                            throw new InvalidOperationException("this one changes its mind");
                    },
                    Ct);
                return n;
            }
            catch (InvalidOperationException) when (n % 3 == 0)
            {
                return -1;
            }
        });
        var kept = (await Task.WhenAll(writers)).Where(n => n >= 0).Order();

        (await Database.ReadAsync(s => s.QueryAsync<int>("SELECT n FROM things ORDER BY n"), Ct)).ShouldBe(kept);
    }

    [Fact]
    public async Task A_writer_that_gives_up_waiting_holds_up_nobody()
    {
        using var impatience = new CancellationTokenSource();
        var holding = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var first = Database.WriteAsync(
            async tx =>
            {
                await InsertAsync(tx, Some() with { N = 1 });
                holding.SetResult();
                await release.Task;
            },
            Ct);
        await holding.Task;
        var impatient = Enumerable.Range(0, 5).Select(_ => Database.WriteAsync(
            async tx =>
            {
                await Task.Delay(Timeout.Infinite, impatience.Token); // where the database lets it in at once
                await InsertAsync(tx, Some() with { N = 2 });
            },
            impatience.Token)).ToList();
        await impatience.CancelAsync();
        release.SetResult();

        await first;
        foreach (var gaveUp in impatient)
            await Should.ThrowAsync<OperationCanceledException>(() => gaveUp);
        await Database.WriteAsync(tx => InsertAsync(tx, Some() with { N = 3 }), Ct);
        (await Database.ReadAsync(s => s.QueryAsync<int>("SELECT n FROM things ORDER BY n"), Ct)).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Nobody_is_answered_before_what_they_wrote_is_committed()
    {
        var seen = await Task.WhenAll(Enumerable.Range(0, 100).Select(async n =>
        {
            await Database.WriteAsync(tx => InsertAsync(tx, Some() with { N = n }), Ct);
            return await Database.ReadAsync(s => s.SingleAsync<long>("SELECT count(*) FROM things WHERE n = @n", new { n }), Ct);
        }));

        seen.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task What_is_absent_is_read_as_null()
    {
        await Database.WriteAsync(tx => InsertAsync(tx, Some()), Ct);
        (await Database.ReadAsync(s => s.SingleAsync<Guid?>("SELECT other_id FROM things"), Ct)).ShouldBeNull();
        (await Database.ReadAsync(s => s.SingleAsync<DateTimeOffset?>("SELECT maybe_at FROM things"), Ct)).ShouldBeNull();
        (await Database.ReadAsync(s => s.FirstOrDefaultAsync<DateTimeOffset?>("SELECT maybe_at FROM things WHERE n = -1"), Ct)).ShouldBeNull();
        (await Database.ReadAsync(s => s.SingleAsync<(Guid? Other, DateTimeOffset? At)>("SELECT other_id, maybe_at FROM things"), Ct)).ShouldBe((null, null));
    }

    [Fact]
    public async Task Ids_sort_by_the_time_they_were_made()
    {
        var start = clock.GetUtcNow();
        var ids = Enumerable.Range(0, 50).Select(i => Guid.CreateVersion7(start.AddMilliseconds(i))).ToList();
        await Database.WriteAsync(
            async tx =>
            {
                foreach (var id in ids.AsEnumerable().Reverse())
                    await InsertAsync(tx, new Thing(id, start, null, null, 1, true, Kind.First));
            },
            Ct);
        (await Database.ReadAsync(s => s.QueryAsync<Guid>("SELECT id FROM things ORDER BY id"), Ct)).ShouldBe(ids);
        var list = ids.Take(3).ToArray();
        (await Database.ReadAsync(s => s.SingleAsync<long>($"SELECT count(*) FROM things WHERE {s.AnyOf("id", "@list")}", new { list }), Ct)).ShouldBe(3);
    }

    [Fact]
    public async Task What_an_act_wrote_and_said_is_gone_when_it_throws()
    {
        var ran = false;
        await Should.ThrowAsync<InvalidTimeZoneException>(Database.WriteAsync(
            async tx =>
            {
                await InsertAsync(tx, Some());
                tx.Say(new CustomerRegistered { CustomerId = "x" });
                tx.AfterCommit(() => ran = true);
                throw new InvalidTimeZoneException("on purpose");
            },
            Ct));
        (await CountAsync("things")).ShouldBe(0);
        (await CountAsync("outbox")).ShouldBe(0);
        ran.ShouldBeFalse();
    }

    [Fact]
    public async Task What_an_act_said_lies_in_the_outbox_in_its_order()
    {
        var ran = 0;
        await Database.WriteAsync(
            tx =>
            {
                for (var i = 0; i < 20; i++)
                    tx.Say(new CustomerRegistered { CustomerId = $"{i}", Revision = i });
                tx.AfterCommit(() => ran++);
                return Task.CompletedTask;
            },
            Ct);
        ran.ShouldBe(1);
        var said = await Database.ReadAsync(s => s.QueryAsync<(string Type, byte[] Payload, long SaidAt)>("SELECT type, payload, said_at FROM outbox ORDER BY id"), Ct);
        said.Select(row => CustomerRegistered.Parser.ParseFrom(row.Payload).Revision).ShouldBe(Enumerable.Range(0, 20).Select(i => (long)i));
        said.ShouldAllBe(row => row.Type == "loyalty.customer.v1.CustomerRegistered" && row.SaidAt == Instant.Of(clock.GetUtcNow()));
    }

    [Fact]
    public async Task An_event_over_256_kB_is_a_bug()
    {
        var big = new CustomerRegistered { CustomerId = new string('x', Outbox.MostBytes) };
        await Should.ThrowAsync<InvalidOperationException>(Database.WriteAsync(
            tx =>
            {
                tx.Say(big);
                return Task.CompletedTask;
            },
            Ct));
    }

    [Fact]
    public async Task Concurrent_writers_of_one_row_lose_no_update()
    {
        var thing = Some() with { N = 0 };
        await Database.WriteAsync(tx => InsertAsync(tx, thing), Ct);
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), new ParallelOptions { MaxDegreeOfParallelism = 10, CancellationToken = Ct }, async (_, ct) =>
            await Database.WriteAsync(
                async tx =>
                {
                    var n = await tx.SingleAsync<int>("SELECT n FROM things WHERE id = @Id" + tx.Sql(" FOR UPDATE", ""), thing);
                    await tx.ExecuteAsync("UPDATE things SET n = @n WHERE id = @Id", new { n = n + 1, thing.Id });
                },
                ct));
        (await Database.ReadAsync(s => s.SingleAsync<int>("SELECT n FROM things"), Ct)).ShouldBe(100);
    }

    [Fact]
    public async Task Business_time_is_the_clock_in_the_container()
    {
        clock.Advance(TimeSpan.FromDays(3));
        (await Database.WriteAsync(tx => tx.NowAsync(), Ct)).ShouldBe(clock.GetUtcNow());
    }

    [Fact]
    public async Task Without_another_clock_business_time_is_read_when_it_is_asked_for()
    {
        await using var real = await TestDatabase.CreateAsync(provider);
        var (before, after) = await real.Database.WriteAsync(async tx => (await tx.NowAsync(), await tx.NowAsync()), Ct);
        after.ShouldBeGreaterThanOrEqualTo(before);
        (DateTimeOffset.UtcNow - before).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_request_id_has_one_effect()
    {
        var now = clock.GetUtcNow();
        var payload = new RegisterCustomerRequest { RequestId = "r1" };
        var id = Guid.CreateVersion7();
        var answers = new List<Guid?>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 10), Ct, async (_, ct) =>
        {
            var answer = await Database.WriteAsync<Guid?>(
                async tx =>
                {
                    var first = await RequestIds.FirstAsync(tx, hashes, "shop", "Register", "r1", payload, now);
                    if (first is null)
                        await RequestIds.KeepAsync(tx, "shop", "Register", "r1", id);
                    return first;
                },
                ct);
            lock (answers)
                answers.Add(answer);
        });
        answers.Count(answer => answer is null).ShouldBe(1);
        answers.Count(answer => answer == id).ShouldBe(9);
    }

    [Fact]
    public async Task A_request_id_with_another_payload_is_refused_and_others_do_not_collide()
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7();
        var payload = new RegisterCustomerRequest { RequestId = "r1" };
        await Database.WriteAsync(
            async tx =>
            {
                (await RequestIds.FirstAsync(tx, hashes, "shop", "Register", "r1", payload, now)).ShouldBeNull();
                await RequestIds.KeepAsync(tx, "shop", "Register", "r1", id);
            },
            Ct);
        var other = new RegisterCustomerRequest { RequestId = "r1", Locale = "nl" };
        var refusal = await Should.ThrowAsync<Refusal>(Database.WriteAsync(tx => RequestIds.FirstAsync(tx, hashes, "shop", "Register", "r1", other, now), Ct));
        refusal.Reason.ShouldBe("REQUEST_ID_REUSED");
        refusal.Kind.ShouldBe(RefusalKind.Aborted);
        (await Database.WriteAsync(tx => RequestIds.FirstAsync(tx, hashes, "till", "Register", "r1", other, now), Ct)).ShouldBeNull();
        (await Database.WriteAsync(tx => RequestIds.FirstAsync(tx, hashes, "shop", "Link", "r1", other, now), Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_kept_of_a_request_is_a_keyed_hash_that_nobody_can_guess_values_for()
    {
        var payload = new RegisterCustomerRequest { RequestId = "r1", DisplayName = "Ada" };
        await Database.WriteAsync(tx => RequestIds.FirstAsync(tx, hashes, "shop", "Register", "r1", payload, clock.GetUtcNow()), Ct);
        var kept = await Database.ReadAsync(s => s.SingleAsync<byte[]>("SELECT payload_hash FROM request_ids"), Ct);
        kept.ShouldBe(hashes.Of("request", payload.ToByteArray()));
        kept.ShouldNotBe(SHA256.HashData(payload.ToByteArray()));
    }

    [Fact]
    public async Task A_request_id_is_forgotten_after_35_days_and_not_before()
    {
        var start = clock.GetUtcNow();
        var payload = new RegisterCustomerRequest();
        await Database.WriteAsync(tx => RequestIds.FirstAsync(tx, hashes, "shop", "Register", "r1", payload, start), Ct);
        (await Database.WriteAsync(tx => RequestIds.ForgetAsync(tx, start.AddDays(35)), Ct)).ShouldBe(0);
        (await Database.WriteAsync(tx => RequestIds.ForgetAsync(tx, start.AddDays(35).AddSeconds(1)), Ct)).ShouldBe(1);
    }

    private async Task<long> CountAsync(string table) => await Database.ReadAsync(s => s.SingleAsync<long>($"SELECT count(*) FROM {table}"), Ct);

    private Thing Some() => new(Guid.CreateVersion7(), clock.GetUtcNow(), null, null, 1, true, Kind.First);

    private static Task<int> InsertAsync(Transaction tx, Thing thing) =>
        tx.ExecuteAsync(
            "INSERT INTO things (id, happened_at, maybe_at, other_id, n, good, kind) VALUES (@Id, @HappenedAt, @MaybeAt, @OtherId, @N, @Good, @Kind)", thing);

    private enum Kind
    {
        First,
        Second,
    }

    private sealed record Thing(Guid Id, DateTimeOffset HappenedAt, DateTimeOffset? MaybeAt, Guid? OtherId, int N, bool Good, Kind Kind);
}

public sealed class PostgresDatabaseTests() : DatabaseContract(Provider.Postgres)
{
    [Fact]
    public async Task A_frozen_process_does_not_hold_its_locks_for_ever() =>
        (await Database.ReadAsync(s => s.SingleAsync<string>("SHOW idle_in_transaction_session_timeout"), TestContext.Current.CancellationToken)).ShouldBe("30s");
}

public sealed class SqliteDatabaseTests() : DatabaseContract(Provider.Sqlite);
