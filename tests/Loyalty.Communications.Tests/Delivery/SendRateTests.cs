using FsCheck;
using FsCheck.Fluent;
using Loyalty.Communications.Delivery;
using Loyalty.TestKit;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class SendRateTests
{
    [Fact]
    public void Never_gives_more_than_the_burst_and_the_rate_in_any_span_and_says_exactly_when_the_next_one_is_there()
    {
        var pauses = Gen.ListOf(Gen.Choose(0, 3000)).ToArbitrary();
        Prop.ForAll(pauses, Gen.Choose(1, 20).ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (waits, perSecond, burst) =>
        {
            var clock = new TestClock();
            var rate = new SendRate(clock, perSecond, burst);
            var taken = new List<DateTimeOffset>();
            foreach (var wait in waits)
            {
                clock.Advance(TimeSpan.FromMilliseconds(wait));
                if (rate.TryTake(out var nextIn))
                {
                    taken.Add(clock.GetUtcNow());
                    continue;
                }

                clock.Advance(nextIn - TimeSpan.FromTicks(2));
                if (rate.TryTake(out _))
                    return false; // earlier than it said
                clock.Advance(TimeSpan.FromTicks(2));
                if (!rate.TryTake(out _))
                    return false;
                taken.Add(clock.GetUtcNow());
            }

            return Enumerable.Range(0, taken.Count).All(from => Enumerable.Range(from, taken.Count - from)
                .All(to => to - from + 1 <= burst + perSecond * (taken[to] - taken[from]).TotalSeconds + 1e-9));
        }).QuickCheckThrowOnFailure();
    }
}
