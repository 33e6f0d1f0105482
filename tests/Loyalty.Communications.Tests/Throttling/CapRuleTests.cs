using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class CapRuleTests
{
    [Fact]
    public void The_fourth_promotion_in_seven_days_waits_until_the_first_leaves_the_window()
    {
        var first = Some.Noon - 6 * Instants.Day;
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), first, first + 2 * Instants.Day, first + 4 * Instants.Day));
        var decision = Some.Decide(recipient, Some.Promotion(9), Some.Noon);
        var verdict = decision.Of(Rule.Cap);
        verdict.Outcome.ShouldBe(Outcome.Hold);
        (verdict.Observed, verdict.Limit, verdict.Index).ShouldBe((3, 3, (byte)0));
        decision.EarliestAt.ShouldBe(first + 7 * Instants.Day + Instants.Minute);
        Some.Decide(recipient, Some.Promotion(9), decision.EarliestAt - Instants.Second).Kind.ShouldBe(DecisionKind.Defer);
        Some.Decide(recipient, Some.Promotion(9), decision.EarliestAt).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void The_eighth_promotion_in_thirty_days_waits_too()
    {
        var first = Some.Noon - 29 * Instants.Day;
        var sends = Some.Sent(Some.Promotion(), [.. Enumerable.Range(0, 7).Select(i => first + i * 4 * Instants.Day)]);
        var verdict = Some.Decide(Some.Recipient(null, sends), Some.Promotion(9), Some.Noon).Of(Rule.Cap);
        (verdict.Observed, verdict.Limit, verdict.Index).ShouldBe((7, 7, (byte)1));
        verdict.FromAt.ShouldBe(first + 30 * Instants.Day + Instants.Minute);
    }

    [Fact]
    public void One_promotion_by_text_message_in_seven_days()
    {
        var sent = Some.Noon - 3 * Instants.Day;
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(channel: Channel.Sms), sent));
        Some.Decide(recipient, Some.Promotion(9, Channel.Sms), Some.Noon).EarliestAt.ShouldBe(sent + 7 * Instants.Day + Instants.Minute);
        Some.Decide(recipient, Some.Promotion(9), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Theory]
    [InlineData((byte)FrequencyWish.Normal, 3, 7)]
    [InlineData((byte)FrequencyWish.Less, 1, 3)]
    [InlineData((byte)FrequencyWish.Rarely, 1, 1)]
    public void A_wish_for_less_halves_and_rarely_quarters_but_at_least_one_is_left(byte wish, int perWeek, int perMonth)
    {
        CapRule.Limit(Some.Policy.Caps[0], (FrequencyWish)wish).ShouldBe(perWeek);
        CapRule.Limit(Some.Policy.Caps[1], (FrequencyWish)wish).ShouldBe(perMonth);
    }

    [Fact]
    public void When_a_wish_shrinks_the_cap_below_what_was_sent_all_but_the_last_must_leave()
    {
        var last = Some.Noon - Instants.Day;
        var person = Some.Person() with { Wish = FrequencyWish.Less };
        var recipient = Some.Recipient(person, Some.Sent(Some.Promotion(), last - 3 * Instants.Day, last - 2 * Instants.Day, last));
        Some.Decide(recipient, Some.Promotion(9), Some.Noon).Of(Rule.Cap).FromAt
            .ShouldBe(last - 3 * Instants.Day + 30 * Instants.Day + Instants.Minute);
    }

    [Fact]
    public void Only_promotions_count_and_only_promotions_are_capped()
    {
        var sends = Some.Sent(Some.Thanks(), [.. Enumerable.Range(1, 20).Select(i => Some.Noon - i * Instants.Day)]);
        Some.Decide(Some.Recipient(null, sends), Some.Promotion(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        var promotions = Some.Sent(Some.Promotion(), [.. Enumerable.Range(1, 7).Select(i => Some.Noon - i * Instants.Day)]);
        Some.Decide(Some.Recipient(null, promotions), Some.Thanks(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }
}
