using FsCheck;
using FsCheck.Fluent;
using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.ServiceDefaults.Tests.Clocks;

public sealed class VirtualClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 28, 22, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_stands_still_until_it_is_moved_and_never_goes_back()
    {
        var clock = new VirtualClock(Start.ToOffset(TimeSpan.FromHours(2)));
        clock.GetUtcNow().ShouldBe(Start);
        clock.GetUtcNow().Offset.ShouldBe(TimeSpan.Zero);
        clock.Advance(TimeSpan.FromHours(1));
        clock.GetUtcNow().ShouldBe(Start.AddHours(1));
        Should.Throw<ArgumentOutOfRangeException>(() => clock.AdvanceTo(Start));
    }

    [Fact]
    public void Timers_fire_in_order_each_at_its_own_instant() =>
        Prop.ForAll<NonNegativeInt[]>(delays =>
        {
            var clock = new VirtualClock(Start);
            var fired = new List<DateTimeOffset>();
            foreach (var delay in delays)
                clock.CreateTimer(_ => fired.Add(clock.GetUtcNow()), null, TimeSpan.FromSeconds(delay.Get + 1), Timeout.InfiniteTimeSpan);
            clock.Advance(TimeSpan.FromDays(1));
            return fired.SequenceEqual(delays.Select(delay => Start.AddSeconds(delay.Get + 1)).Order()) && clock.GetUtcNow() == Start.AddDays(1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_period_fires_at_each_of_its_instants()
    {
        var clock = new VirtualClock(Start);
        var fired = new List<TimeSpan>();
        using var timer = clock.CreateTimer(_ => fired.Add(clock.GetUtcNow() - Start), null, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10));

        clock.Advance(TimeSpan.FromMinutes(30));

        fired.ShouldBe([TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(25)]);
    }

    [Fact]
    public void A_timer_that_was_changed_or_disposed_does_not_fire_as_before()
    {
        var clock = new VirtualClock(Start);
        var fired = new List<string>();
        using var changed = clock.CreateTimer(_ => fired.Add("changed"), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        var disposed = clock.CreateTimer(_ => fired.Add("disposed"), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        using var stopped = clock.CreateTimer(_ => fired.Add("stopped"), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        changed.Change(TimeSpan.FromMinutes(5), Timeout.InfiniteTimeSpan).ShouldBeTrue();
        stopped.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan).ShouldBeTrue();
        disposed.Dispose();
        disposed.Change(TimeSpan.Zero, TimeSpan.Zero).ShouldBeFalse();

        clock.Advance(TimeSpan.FromMinutes(4));
        fired.ShouldBeEmpty();
        clock.Advance(TimeSpan.FromMinutes(4));
        fired.ShouldBe(["changed"]);
    }

    [Fact]
    public async Task Delays_and_cancellations_wait_for_it()
    {
        var clock = new VirtualClock(Start);
        var delay = Task.Delay(TimeSpan.FromDays(1), clock);
        using var cancel = new CancellationTokenSource(TimeSpan.FromHours(1), clock);
        clock.Advance(TimeSpan.FromHours(1));
        (cancel.IsCancellationRequested, delay.IsCompleted).ShouldBe((true, false));
        clock.Advance(TimeSpan.FromHours(23));
        await delay.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_is_due_at_once_needs_nobody_to_move_the_time()
    {
        var clock = new VirtualClock(Start);
        var fired = new TaskCompletionSource();
        await using var timer = clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await fired.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Many_who_advance_at_once_lose_no_timer()
    {
        var clock = new VirtualClock(Start);
        var fired = 0;
        for (var i = 1; i <= 1_000; i++)
            clock.CreateTimer(_ => Interlocked.Increment(ref fired), null, TimeSpan.FromSeconds(i), Timeout.InfiniteTimeSpan);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 1; i <= 1_000; i++)
            {
                var to = Start.AddSeconds(i);
                if (to < clock.GetUtcNow())
                    continue;
                try
                {
                    clock.AdvanceTo(to);
                }
                catch (ArgumentOutOfRangeException)
                {
                    // Another was further already.
                }
            }
        })));

        fired.ShouldBe(1_000);
        clock.GetUtcNow().ShouldBe(Start.AddSeconds(1_000));
    }
}
