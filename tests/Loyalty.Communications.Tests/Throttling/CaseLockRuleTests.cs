using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class CaseLockRuleTests
{
    [Fact]
    public void While_a_complaint_is_open_offers_and_asks_wait_for_its_closing_and_thanks_pass()
    {
        var recipient = Some.Recipient(Some.Person() with { OpenCases = 1 });
        foreach (var mailing in new[] { Some.Promotion(), Some.OpinionAsk() })
        {
            var decision = Some.Decide(recipient, mailing, Some.Noon);
            decision.Kind.ShouldBe(DecisionKind.Defer);
            decision.WaitsFor.ShouldBe(WaitsFor.CaseClosing);
            decision.DueAt.ShouldBe(mailing.ExpiresAt);
        }

        Some.Decide(recipient, Some.Thanks(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Service(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void Three_days_after_the_closing_and_the_margin_an_offer_passes()
    {
        var closedAt = Some.Noon - Instants.Day;
        var recipient = Some.Recipient(Some.Person() with { LastCaseClosedAt = closedAt });
        var decision = Some.Decide(recipient, Some.Promotion(), Some.Noon);
        decision.Of(Rule.CaseLock).Detail.ShouldBe(Detail.CaseClosedLately);
        decision.EarliestAt.ShouldBe(closedAt + 3 * Instants.Day + Instants.Minute);
        Some.Decide(recipient, Some.Promotion(), decision.EarliestAt).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Promotion(), decision.EarliestAt - Instants.Second).Kind.ShouldBe(DecisionKind.Defer);
    }

    [Fact]
    public void A_promotion_does_not_escape_the_lock_by_calling_itself_a_gift() => Some.Decide(
            Some.Recipient(Some.Person() with { OpenCases = 1 }), Some.Promotion() with { Intent = Intent.Give }, Some.Noon)
        .WaitsFor.ShouldBe(WaitsFor.CaseClosing);

    [Fact]
    public void The_verdict_can_be_judged_again()
    {
        foreach (var person in new[] { Some.Person() with { OpenCases = 2 }, Some.Person() with { LastCaseClosedAt = Some.Noon - Instants.Hour } })
        {
            var explanation = Explanation.Of(Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon), Some.Policy);
            ExplanationCodec.Unpack(ExplanationCodec.Pack(explanation)).Recompute(Some.Policy).Agrees(explanation).ShouldBeTrue();
        }
    }
}
