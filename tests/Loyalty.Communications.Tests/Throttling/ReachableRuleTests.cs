using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class ReachableRuleTests
{
    [Fact]
    public void Declines_an_erased_person_even_a_receipt()
    {
        var decision = Some.Decide(Some.Recipient(Some.Person() with { Erased = true }), Some.Receipt(), Some.Noon);
        decision.Kind.ShouldBe(DecisionKind.Decline);
        decision.Reason.ShouldBe(DeclineReason.Erased);
        decision.Of(Rule.Reachable).Outcome.ShouldBe(Outcome.Forbid);
    }

    [Theory]
    [InlineData((byte)AddressHealth.None, (byte)DeclineReason.NoAddress)]
    [InlineData((byte)AddressHealth.Dead, (byte)DeclineReason.AddressDead)]
    public void Declines_where_the_channel_has_no_working_address(byte health, byte reason)
    {
        var person = Some.Person() with { Addresses = new Addresses((AddressHealth)health, AddressHealth.Ok) };
        Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon).Reason.ShouldBe((DeclineReason)reason);
        Some.Decide(Some.Recipient(person), Some.Promotion(channel: Channel.Sms), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void Sends_to_an_address_that_bounced_softly()
    {
        var person = Some.Person() with { Addresses = new Addresses(AddressHealth.Soft) };
        Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void Waits_ten_minutes_for_the_profile_of_an_unknown_customer_and_then_declines()
    {
        var mailing = Some.Promotion() with { AcceptedAt = Some.Noon };
        var early = Some.Decide(Recipient.Unknown, mailing, Some.Noon + 10 * Instants.Minute - 1);
        early.Kind.ShouldBe(DecisionKind.Defer);
        early.WaitsFor.ShouldBe(WaitsFor.Profile);
        early.EarliestAt.ShouldBe(Instants.Never);
        early.DueAt.ShouldBe(Some.Noon + 10 * Instants.Minute);
        var late = Some.Decide(Recipient.Unknown, mailing, Some.Noon + 10 * Instants.Minute);
        late.Kind.ShouldBe(DecisionKind.Decline);
        late.Reason.ShouldBe(DeclineReason.UnknownCustomer);
    }

    [Fact]
    public void A_direct_code_needs_no_profile() =>
        Some.Decide(Recipient.Unknown, Some.Receipt() with { Direct = true }, Some.Noon).Kind.ShouldBe(DecisionKind.Send);
}
