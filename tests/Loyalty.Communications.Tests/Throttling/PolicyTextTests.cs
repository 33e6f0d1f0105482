using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class PolicyTextTests
{
    [Fact]
    public void An_empty_text_is_the_published_policy()
    {
        var policy = Policy.Default;
        (policy.PromotionGap, policy.AnyGap).ShouldBe((20 * Instants.Hour, 4 * Instants.Hour));
        policy.Caps.ShouldBe([new Cap(3, 7 * Instants.Day, null), new Cap(7, 30 * Instants.Day, null), new Cap(1, 7 * Instants.Day, Channel.Sms)]);
        (policy.Awake, policy.FallbackZone).ShouldBe((new AwakeWindow(9 * 60, 21 * 60), "Etc/UTC"));
    }

    [Fact]
    public void Comments_and_trailing_commas_are_welcome_and_do_not_change_the_version()
    {
        var commented = Parse("""
            {
              // quieter than most
              "gap": { "promotion_hours": 48, },
            }
            """);
        commented.PromotionGap.ShouldBe(48 * Instants.Hour);
        commented.Version.ShouldBe(Parse("""{"gap":{"promotion_hours":48}}""").Version);
        commented.Version.ShouldNotBe(Policy.Default.Version);
        commented.Version.Length.ShouldBe(16);
    }

    [Fact]
    public void The_text_written_out_gives_the_same_policy_again()
    {
        var policy = Parse("""{ "caps": [{ "count": 2, "days": 9, "channel": "push" }], "quiet_hours": { "awake_from": "21:30", "awake_until": "24:00", "fallback_zone": "Asia/Tokyo" } }""");
        var again = Parse(policy.Text);
        again.Text.ShouldBe(policy.Text);
        again.Version.ShouldBe(policy.Version);
        again.Caps.ShouldBe(policy.Caps);
        again.Awake.ShouldBe(policy.Awake);
    }

    [Theory]
    [InlineData("nonsense", "the policy is not JSON")]
    [InlineData("[]", "the policy: must be an object")]
    [InlineData("""{ "gaps": {} }""", "gaps: no such setting")]
    [InlineData("""{ "gap": { "promotion_hours": 1, "promotion_hours": 2 } }""", "gap.promotion_hours: set twice")]
    [InlineData("""{ "gap": { "promotion": 20 } }""", "gap.promotion: no such setting")]
    [InlineData("""{ "gap": { "promotion_hours": -1 } }""", "gap.promotion_hours: must be a whole number from 0 to 168, is -1")]
    [InlineData("""{ "gap": { "any_hours": 4.5 } }""", "gap.any_hours: must be a whole number")]
    [InlineData("""{ "gap": [] }""", "gap: must be an object")]
    [InlineData("""{ "caps": {} }""", "caps: must be a list")]
    [InlineData("""{ "caps": [] }""", "caps: needs 1 to 16 windows")]
    [InlineData("""{ "caps": [{ "count": 0, "days": 7 }] }""", "caps[0].count: must be a whole number from 1 to 1000, is 0")]
    [InlineData("""{ "caps": [{ "count": 3, "days": 7 }, { "count": 3, "days": 31 }] }""", "caps[1].days: must be a whole number from 1 to 30")]
    [InlineData("""{ "caps": [{ "days": 7 }] }""", "caps[0].count: is missing")]
    [InlineData("""{ "caps": [{ "count": 1, "days": 7, "channel": "fax" }] }""", "caps[0].channel: \"fax\" is none of")]
    [InlineData("""{ "quiet_hours": { "awake_from": "09:00", "awake_until": "09:00" } }""", "quiet_hours.awake_from, quiet_hours.awake_until: 09:00 to 09:00 opens and closes must differ")]
    [InlineData("""{ "quiet_hours": { "awake_until": "10:59" } }""", "09:00 to 10:59 must be at least 2 hours long")]
    [InlineData("""{ "quiet_hours": { "awake_from": "9am" } }""", "quiet_hours.awake_from: must be a time of day such as 09:00, is \"9am\"")]
    [InlineData("""{ "quiet_hours": { "fallback_zone": "Europe/Atlantis" } }""", "quiet_hours.fallback_zone: \"Europe/Atlantis\" is no zone")]
    [InlineData("""{ "quiet_hours": { "fallback_zone": "" } }""", "quiet_hours.fallback_zone")]
    [InlineData("""{ "quiet_hours": { "fallback_zone": 3 } }""", "quiet_hours.fallback_zone: must be text")]
    public void An_impossible_policy_is_refused_by_the_name_of_its_setting(string text, string message) =>
        Should.Throw<PolicyRefusedException>(() => Parse(text)).Message.ShouldContain(message);

    /// <summary>Troll station puts its clocks from 01:00 to 03:00 on 28 March 2027.</summary>
    [Theory]
    [InlineData("01:00", "03:00")]
    [InlineData("01:30", "03:30")]
    public void A_fallback_that_leaves_under_an_hour_on_some_day_of_two_years_is_refused(string from, string until) =>
        Should.Throw<PolicyRefusedException>(() => Parse(
                $$"""{ "quiet_hours": { "awake_from": "{{from}}", "awake_until": "{{until}}", "fallback_zone": "Antarctica/Troll" } }"""))
            .Message.ShouldContain("Antarctica/Troll leaves under an hour on 2027-03-2");

    private static Policy Parse(string text) => PolicyText.Parse(text, Some.Noon);
}
