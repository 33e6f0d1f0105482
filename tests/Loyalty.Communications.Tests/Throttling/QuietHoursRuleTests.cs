using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class QuietHoursRuleTests
{
    private static readonly long Night = Some.At("2026-11-21T22:30:00Z");

    [Fact]
    public void Defers_to_nine_in_the_morning_local_time()
    {
        var decision = Some.Decide(Some.Recipient(Some.Person("Europe/Berlin")), Some.Promotion(), Night);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T08:00:00Z"));
        decision.Of(Rule.QuietHours).Detail.ShouldBe(Detail.OwnZone);
    }

    [Fact]
    public void The_last_minute_of_the_window_is_left_out_because_what_is_committed_there_may_arrive_at_night()
    {
        var closes = Some.At("2026-11-21T21:00:00Z");
        var recipient = Some.Recipient();
        Some.Decide(recipient, Some.Promotion(), closes - Instants.Minute).Kind.ShouldBe(DecisionKind.Defer);
        var sent = Some.Decide(recipient, Some.Promotion(), closes - Instants.Minute - 1);
        sent.Kind.ShouldBe(DecisionKind.Send);
        sent.AwakeUntil.ShouldBe(closes);
    }

    [Fact]
    public void Answers_wait_for_the_morning_unless_urgent_and_receipts_never_do()
    {
        Some.Decide(Some.Recipient(), Some.Service(), Night).EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
        Some.Decide(Some.Recipient(), Some.Service() with { Urgent = true }, Night).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(Some.Recipient(), Some.Receipt(), Night).AwakeUntil.ShouldBe(Instants.Never);
    }

    [Fact]
    public void The_person_s_own_window_may_cross_midnight()
    {
        var person = Some.Person() with { Place = new Place("Etc/UTC", null, new AwakeWindow(18 * 60, 2 * 60)) };
        Some.Decide(Some.Recipient(person), Some.Promotion(), Night).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(Some.Recipient(person), Some.Promotion(), Night).AwakeUntil.ShouldBe(Some.At("2026-11-22T02:00:00Z"));
        Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon).EarliestAt.ShouldBe(Some.At("2026-11-21T18:00:00Z"));
    }

    [Fact]
    public void Without_a_zone_all_zones_of_the_country_must_be_awake()
    {
        // From Kaliningrad (+2) to Kamchatka (+12): both awake from 07:00 UTC (09:00 there) to 09:00 UTC (21:00 there).
        var person = Some.Person(null) with { Place = new Place(null, "RU", null) };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T07:00:00Z"));
        decision.Of(Rule.QuietHours).Since.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
        decision.Of(Rule.QuietHours).Detail.ShouldBe(Detail.CountryZones);
    }

    [Fact]
    public void Where_the_own_window_leaves_a_country_no_common_hour_the_default_window_counts()
    {
        var person = Some.Person(null) with { Place = new Place(null, "RU", new AwakeWindow(18 * 60, 20 * 60)) };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon);
        decision.Of(Rule.QuietHours).Detail.ShouldBe(Detail.DefaultWindow);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T07:00:00Z"));
    }

    [Fact]
    public void Where_even_that_leaves_under_an_hour_the_fallback_zone_counts()
    {
        var person = Some.Person(null) with { Place = new Place(null, "AQ", null) };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Night);
        decision.Of(Rule.QuietHours).Detail.ShouldBe(Detail.FallbackZone);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("Mars/Olympus", null)]
    [InlineData(null, "ZZ")]
    public void Without_zone_and_country_the_fallback_zone_counts(string? zone, string? country)
    {
        var policy = PolicyText.Parse("""{ "quiet_hours": { "fallback_zone": "Asia/Tokyo" } }""", Some.Noon);
        var person = Some.Person() with { Place = new Place(zone, country, null) };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon, policy);
        decision.Of(Rule.QuietHours).Detail.ShouldBe(Detail.FallbackZone);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T00:00:00Z"));
    }

    [Fact]
    public void All_parts_of_a_merged_customer_must_be_awake()
    {
        var person = Some.Person("Europe/Berlin") with { OtherPlaces = [new Place("America/New_York", null, null)] };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-21T14:00:00Z"));
        decision.Of(Rule.QuietHours).Since.ShouldBe(Some.At("2026-11-21T20:00:00Z"));
    }

    [Theory]
    [InlineData(9 * 60, 9 * 60)]
    [InlineData(9 * 60, 11 * 60 - 1)]
    [InlineData(0, 24 * 60)]
    [InlineData(-1, 600)]
    [InlineData(600, 1441)]
    public void No_window_is_born_empty_shorter_than_two_hours_or_out_of_the_day(int opens, int closes) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new AwakeWindow(opens, closes));
}
