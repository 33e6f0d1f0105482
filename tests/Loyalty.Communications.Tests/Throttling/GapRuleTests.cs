using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class GapRuleTests
{
    private static readonly long LastNight = Some.At("2026-11-20T20:00:00Z");

    [Fact]
    public void A_promotion_waits_twenty_hours_and_the_margin_after_a_promotion()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), LastNight));
        var decision = Some.Decide(recipient, Some.Promotion(2), Some.Noon);
        decision.Of(Rule.Gap).FromAt.ShouldBe(LastNight + 20 * Instants.Hour + Instants.Minute);
        decision.Of(Rule.Gap).Detail.ShouldBe(Detail.AfterPromotion);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-21T16:01:00Z"));
        Some.Decide(recipient, Some.Promotion(2), decision.EarliestAt).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Promotion(2), decision.EarliestAt - Instants.Second).Kind.ShouldBe(DecisionKind.Defer);
    }

    [Fact]
    public void Thanks_wait_four_hours_after_anything_but_a_receipt()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Service(), Some.Noon - Instants.Hour));
        Some.Decide(recipient, Some.Thanks(), Some.Noon).EarliestAt.ShouldBe(Some.Noon + 3 * Instants.Hour + Instants.Minute);
        var receipts = Some.Recipient(null, Some.Sent(Some.Receipt(), Some.Noon - Instants.Hour));
        Some.Decide(receipts, Some.Thanks(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void An_answer_to_a_case_waits_for_nobody() => Some.Decide(
        Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon)), Some.Service(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);

    [Fact]
    public void An_override_lifts_the_gap_and_says_so()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon));
        var decision = Some.Decide(recipient, Some.Promotion(2) with { Lifted = RuleSet.Of(Rule.Gap) }, Some.Noon);
        decision.Kind.ShouldBe(DecisionKind.Send);
        decision.Of(Rule.Gap).Lifted.ShouldBeTrue();
    }

    [Fact]
    public void An_override_lifts_no_consent_no_quiet_hours_and_no_ceiling()
    {
        var all = RuleSet.Of(Enum.GetValues<Rule>());
        var night = Some.At("2026-11-21T23:00:00Z");
        Some.Decide(Some.Recipient(), Some.Promotion() with { Lifted = all }, night).Of(Rule.QuietHours).Outcome.ShouldBe(Outcome.Hold);
        Some.Decide(Some.Recipient(Some.Person() with { Consents = [] }), Some.Promotion() with { Lifted = all }, Some.Noon)
            .Reason.ShouldBe(DeclineReason.NoConsent);
        var nine = Some.Sent(Some.Service(), [.. Enumerable.Repeat(Some.Noon - Instants.Hour, 9)]);
        Some.Decide(Some.Recipient(null, nine), Some.Promotion() with { Lifted = all }, Some.Noon)
            .Of(Rule.Ceiling).Outcome.ShouldBe(Outcome.Hold);
    }
}
