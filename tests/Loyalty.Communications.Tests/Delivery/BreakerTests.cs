using Loyalty.Communications.Delivery;
using Loyalty.TestKit;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class BreakerTests
{
    private readonly TestClock _clock = new();
    private readonly Breaker _breaker;

    public BreakerTests() => _breaker = new Breaker(_clock, 2, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(12));

    [Fact]
    public void Only_failures_in_a_row_open_it()
    {
        for (var i = 0; i < 5; i++)
        {
            _breaker.Fail(Enter()).ShouldBeFalse();
            _breaker.Succeed(Enter());
        }

        _breaker.Fail(Enter()).ShouldBeFalse();
        _breaker.Fail(Enter()).ShouldBeTrue();
        WaitOf().ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void Each_failed_trial_doubles_the_pause_up_to_the_longest()
    {
        _breaker.Trip(Enter()).ShouldBeTrue();
        foreach (var seconds in (int[])[5, 10, 12, 12])
        {
            WaitOf().ShouldBe(TimeSpan.FromSeconds(seconds));
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            _breaker.Fail(Enter());
        }

        _clock.Advance(TimeSpan.FromSeconds(12));
        _breaker.Succeed(Enter());
        _breaker.Trip(Enter());
        WaitOf().ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void One_trial_at_a_time_and_an_abandoned_one_makes_room()
    {
        _breaker.Trip(Enter());
        _clock.Advance(TimeSpan.FromSeconds(5));
        var trial = Enter();
        _breaker.TryEnter(out _, out _).ShouldBeFalse();

        _breaker.Abandon(trial);

        _breaker.Succeed(Enter());
        Enter();
        Enter();
    }

    [Fact]
    public void What_began_before_it_opened_says_nothing_afterwards()
    {
        var (early, alsoEarly) = (Enter(), Enter());
        _breaker.Trip(Enter());

        _breaker.Succeed(early);
        _breaker.Fail(alsoEarly).ShouldBeFalse();

        WaitOf().ShouldBe(TimeSpan.FromSeconds(5));
    }

    private int Enter()
    {
        _breaker.TryEnter(out var ticket, out _).ShouldBeTrue();
        return ticket;
    }

    private TimeSpan WaitOf()
    {
        _breaker.TryEnter(out _, out var wait).ShouldBeFalse();
        return wait;
    }
}
