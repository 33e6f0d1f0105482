using System.Collections.Concurrent;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.ServiceDefaults.Timers;
using Loyalty.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.ServiceDefaults.Tests.Timers;

public sealed class LeasedTimerTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly TimerOptions Quick = new() { Lease = TimeSpan.FromSeconds(1) };

    public static TheoryData<Provider> Both => [Provider.Postgres, Provider.Sqlite];

    [Theory, MemberData(nameof(Both))]
    public async Task Of_two_replicas_one_runs_each_time(Provider provider)
    {
        var clock = new TestClock();
        await using var store = await TestDatabase.CreateAsync(provider, clock);
        var runs = new ConcurrentQueue<(string Replica, DateTimeOffset At)>();
        await using var a = await Replica.StartAsync("a", store, runs);
        await using var b = await Replica.StartAsync("b", store, runs);
        for (var n = 1; n <= 4; n++)
        {
            await Eventually.TrueAsync(() => runs.Count == n);
            clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await Eventually.TrueAsync(() => runs.Count == 5);
        runs.Select(run => run.Replica).Distinct().Count().ShouldBe(1);
        runs.Select(run => run.At).ShouldBe(runs.Select(run => run.At).Distinct());
    }

    [Theory, MemberData(nameof(Both))]
    public async Task When_the_owner_goes_the_other_takes_over_and_keeps_the_rhythm(Provider provider)
    {
        var clock = new TestClock();
        await using var store = await TestDatabase.CreateAsync(provider, clock);
        var runs = new ConcurrentQueue<(string Replica, DateTimeOffset At)>();
        var a = await Replica.StartAsync("a", store, runs);
        await Eventually.TrueAsync(() => runs.Count == 1);
        await using var b = await Replica.StartAsync("b", store, runs);
        await a.DisposeAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(() => runs.Count == 2);
        runs.ShouldBe([("a", new TestClock().GetUtcNow()), ("b", new TestClock().GetUtcNow().AddHours(1))]);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_dead_owner_is_replaced_when_its_lease_has_run_out_and_not_before(Provider provider)
    {
        await using var store = await TestDatabase.CreateAsync(provider);
        var dead = new Lease(store.Database, "probe", TimeSpan.FromSeconds(1));
        var other = new Lease(store.Database, "probe", TimeSpan.FromSeconds(1));
        (await dead.TakeAsync(Ct)).Held.ShouldBeTrue();
        (await other.TakeAsync(Ct)).Held.ShouldBeFalse();
        await Eventually.TrueAsync(async () => (await other.TakeAsync(Ct)).Held);
        dead.Left.ShouldBe(TimeSpan.Zero); // it knew before the other could begin
        (await dead.TakeAsync(Ct)).Held.ShouldBeFalse();
        (await dead.NoteRunAsync(DateTimeOffset.UtcNow, Ct)).ShouldBeFalse();
    }

    [Fact]
    public async Task An_owner_that_cannot_reach_the_database_stops_its_run_in_time()
    {
        var address = await SharedServers.CreateDatabaseAsync("lease", Ct);
        var port = new Npgsql.NpgsqlConnectionStringBuilder(address).Port;
        await using var proxy = new TcpProxy(port);
        var cut = new Npgsql.NpgsqlConnectionStringBuilder(address) { Port = proxy.Port, Timeout = 2 }.ConnectionString;
        await using var database = new Database<ProbeModule>("customer", cut, TimeProvider.System);
        await SchemaRunner.ApplyAsync(database, SchemaScript.Of("defaults", typeof(Database).Assembly, Provider.Postgres), Ct);
        var running = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        var timer = new Endless(running, stopped);
        using var loop = new TimerLoop("customer", timer, database, Quick, NullLogger.Instance);
        await loop.StartAsync(Ct);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        proxy.FallSilent();
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(10), Ct);
        proxy.Restore();
        await loop.StopAsync(Ct);
    }

    [Fact]
    public async Task A_run_that_throws_is_tried_again()
    {
        await using var store = await TestDatabase.CreateAsync(Provider.Sqlite);
        var timer = new FailsOnce();
        using var loop = new TimerLoop("customer", timer, store.Database, Quick, NullLogger.Instance);
        await loop.StartAsync(Ct);
        await Eventually.TrueAsync(() => timer.Runs == 2);
        await loop.StopAsync(Ct);
    }

    private sealed class Replica(Database<ProbeModule> database, TimerLoop loop) : IAsyncDisposable
    {
        public static async Task<Replica> StartAsync(string name, TestDatabase store, ConcurrentQueue<(string Replica, DateTimeOffset At)> runs)
        {
            var database = new Database<ProbeModule>("customer", store.ConnectionString, store.Database.Clock);
            var loop = new TimerLoop("customer", new Hourly(name, runs), database, Quick, NullLogger.Instance);
            await loop.StartAsync(Ct);
            return new Replica(database, loop);
        }

        public async ValueTask DisposeAsync()
        {
            await loop.StopAsync(Ct);
            loop.Dispose();
            await database.DisposeAsync();
        }
    }

    private sealed class Hourly(string name, ConcurrentQueue<(string Replica, DateTimeOffset At)> runs) : ILeasedTimer
    {
        public string Name => "hourly";

        public TimeSpan Every => TimeSpan.FromHours(1);

        public Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            runs.Enqueue((name, now));
            return Task.CompletedTask;
        }
    }

    private sealed class Endless(TaskCompletionSource running, TaskCompletionSource stopped) : ILeasedTimer
    {
        public string Name => "endless";

        public TimeSpan Every => TimeSpan.FromMinutes(1);

        public async Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
        {
            running.TrySetResult();
            using var registration = cancellationToken.Register(() => stopped.TrySetResult());
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    private sealed class FailsOnce : ILeasedTimer
    {
        public int Runs { get; private set; }

        public string Name => "fails";

        public TimeSpan Every => TimeSpan.FromMinutes(1);

        public Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
            ++Runs == 1 ? throw new InvalidOperationException("on purpose") : Task.CompletedTask;
    }
}
