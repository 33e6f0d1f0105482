using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class ConsentRuleTests
{
    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(10, 0, true)]
    [InlineData(10, 11, false)]
    [InlineData(12, 11, true)]
    [InlineData(11, 11, false)] // a tie is a withdrawal
    public void Holds_only_when_given_later_than_withdrawn(long givenAt, long withdrawnAt, bool holds)
    {
        var person = Some.Person() with { Consents = [new Consent(Purposes.Marketing, Channel.Email, givenAt, withdrawnAt)] };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon);
        (decision.Kind == DecisionKind.Send).ShouldBe(holds);
        if (!holds)
            decision.Reason.ShouldBe(DeclineReason.NoConsent);
    }

    [Fact]
    public void Each_class_needs_its_own_purpose_and_channel()
    {
        var person = Some.Person() with { Consents = [new Consent(Purposes.Relationship, Channel.Email, 1, 0)] };
        Some.Decide(Some.Recipient(person), Some.Thanks(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(Some.Recipient(person), Some.Thanks() with { Channel = Channel.Sms }, Some.Noon).Reason.ShouldBe(DeclineReason.NoConsent);
        Some.Decide(Some.Recipient(person), Some.Promotion(), Some.Noon).Reason.ShouldBe(DeclineReason.NoConsent);
    }

    [Fact]
    public void A_narrower_purpose_of_the_template_needs_its_own_consent()
    {
        var recipient = Some.Recipient(Some.Person());
        Some.Decide(recipient, Some.Promotion() with { Purpose = "partner_offers" }, Some.Noon).Reason.ShouldBe(DeclineReason.NoConsent);
    }

    [Fact]
    public void Service_mail_and_receipts_need_none()
    {
        var recipient = Some.Recipient(Some.Person() with { Consents = [] });
        Some.Decide(recipient, Some.Service(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Receipt(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }
}
