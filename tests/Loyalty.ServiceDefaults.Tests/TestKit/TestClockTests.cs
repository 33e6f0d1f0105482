using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.TestKit;

public sealed class TestClockTests
{
    private readonly TestClock clock = new();

    [Fact]
    public void Stands_still_until_it_is_advanced()
    {
        var (before, stamp) = (clock.GetUtcNow(), clock.GetTimestamp());
        clock.GetUtcNow().ShouldBe(before);
        clock.Advance(TimeSpan.FromDays(1));
        clock.GetUtcNow().ShouldBe(before.AddDays(1));
        clock.GetElapsedTime(stamp).ShouldBe(TimeSpan.FromDays(1));
    }

    [Fact]
    public void Fires_each_timer_at_its_own_instant_in_order()
    {
        var start = clock.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = clock.CreateTimer(_ => fired.Add(("late", clock.GetUtcNow() - start)), null, TimeSpan.FromHours(5), Timeout.InfiniteTimeSpan);
        using var often = clock.CreateTimer(_ => fired.Add(("often", clock.GetUtcNow() - start)), null, TimeSpan.FromHours(2), TimeSpan.FromHours(2));

        clock.Advance(TimeSpan.FromHours(6));

        fired.ShouldBe([("often", TimeSpan.FromHours(2)), ("often", TimeSpan.FromHours(4)), ("late", TimeSpan.FromHours(5)), ("often", TimeSpan.FromHours(6))]);
    }

    [Fact]
    public void Does_not_fire_a_moment_early_nor_after_dispose()
    {
        var fired = 0;
        var timer = clock.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        fired.ShouldBe(0);
        clock.Advance(TimeSpan.FromTicks(1));
        fired.ShouldBe(1);
        timer.Dispose();
        clock.Advance(TimeSpan.FromMinutes(1));
        fired.ShouldBe(1);
    }

    [Fact]
    public async Task Wakes_delays_and_periodic_timers()
    {
        var delay = Task.Delay(TimeSpan.FromDays(30), clock, TestContext.Current.CancellationToken);
        using var periodic = new PeriodicTimer(TimeSpan.FromMinutes(1), clock);
        var tick = periodic.WaitForNextTickAsync(TestContext.Current.CancellationToken).AsTask();
        clock.Advance(TimeSpan.FromMinutes(1));
        (await tick).ShouldBeTrue();
        delay.IsCompleted.ShouldBeFalse();
        clock.Advance(TimeSpan.FromDays(30));
        await delay;
    }

    [Fact]
    public async Task Fires_a_timer_that_is_due_at_once_without_being_advanced()
    {
        var fired = new TaskCompletionSource();
        await using var timer = clock.CreateTimer(_ => fired.SetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await fired.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Never_goes_back() => Should.Throw<ArgumentOutOfRangeException>(() => clock.AdvanceTo(clock.GetUtcNow().AddTicks(-1)));
}
