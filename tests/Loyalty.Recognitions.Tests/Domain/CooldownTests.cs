using FsCheck;
using FsCheck.Fluent;
using Loyalty.Recognitions.Domain;

namespace Loyalty.Recognitions.Tests.Domain;

public sealed class CooldownTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Who_was_never_thanked_may_be() => Cooldown.IsOver(null, TimeSpan.FromDays(30), Noon).ShouldBeTrue();

    [Fact]
    public void It_ends_at_its_last_instant_and_not_a_microsecond_before()
    {
        var span = TimeSpan.FromDays(30);
        Cooldown.IsOver(Noon, span, Noon + span - TimeSpan.FromMicroseconds(1)).ShouldBeFalse();
        Cooldown.IsOver(Noon, span, Noon + span).ShouldBeTrue();
    }

    [Fact]
    public void Whoever_does_whatever_how_often_is_never_thanked_twice_within_it()
    {
        var acts = Gen.Choose(0, 200).ListOf().Select(hours => hours.Order().Select(hour => Noon.AddHours(hour)).ToArray());
        Prop.ForAll(acts.ToArbitrary(), Gen.Choose(0, 72).ToArbitrary(), (heard, hours) =>
        {
            var span = TimeSpan.FromHours(hours);
            var thanked = new List<DateTimeOffset>();
            foreach (var at in heard)
                if (Cooldown.IsOver(thanked.Count == 0 ? null : thanked[^1], span, at))
                    thanked.Add(at);
            thanked.Zip(thanked.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First >= span);
            (thanked.Count > 0).ShouldBe(heard.Length > 0);
        }).QuickCheckThrowOnFailure();
    }
}
