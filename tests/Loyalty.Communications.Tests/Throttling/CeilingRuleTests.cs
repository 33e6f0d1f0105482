using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class CeilingRuleTests
{
    [Fact]
    public void The_tenth_mailing_in_a_day_waits_even_an_urgent_answer()
    {
        var first = Some.Noon - 20 * Instants.Hour;
        var sends = Some.Sent(Some.Service(), [.. Enumerable.Range(0, 9).Select(i => first + i * Instants.Hour)]);
        var decision = Some.Decide(Some.Recipient(null, sends), Some.Service(99) with { Urgent = true }, Some.Noon);
        decision.EarliestAt.ShouldBe(first + Instants.Day + Instants.Minute);
        decision.Of(Rule.Ceiling).Observed.ShouldBe(9);
    }

    [Fact]
    public void Receipts_have_a_ceiling_of_their_own()
    {
        var first = Some.Noon - 23 * Instants.Hour;
        var sends = Some.Sent(Some.Receipt(), [.. Enumerable.Range(0, 30).Select(i => first + i * Instants.Minute)]);
        var recipient = Some.Recipient(null, sends);
        Some.Decide(recipient, Some.Receipt(99), Some.Noon).EarliestAt.ShouldBe(first + Instants.Day + Instants.Minute);
        Some.Decide(recipient, Some.Service(99), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(Some.Recipient(null, sends.AsSpan(1)), Some.Receipt(99), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }
}
