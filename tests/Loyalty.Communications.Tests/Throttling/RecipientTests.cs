using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class RecipientTests
{
    [Fact]
    public void Parts_of_a_merged_customer_share_their_windows()
    {
        var left = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon - 5 * Instants.Day, Some.Noon - 3 * Instants.Day));
        var right = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon - 4 * Instants.Day));
        Some.Decide(left, Some.Promotion(9), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        var decision = Some.Decide(Recipient.Unite([left, right]), Some.Promotion(9), Some.Noon);
        decision.Of(Rule.Cap).Observed.ShouldBe(3);
        decision.EarliestAt.ShouldBe(Some.Noon + 2 * Instants.Day + Instants.Minute);
    }

    [Fact]
    public void A_send_that_stands_in_both_parts_counts_once_in_windows_and_sums()
    {
        var send = Send.Of(Some.Promotion(1), Some.Noon - Instants.Day);
        var united = Recipient.Unite([Some.Recipient(null, send with { Mirrored = true }), Some.Recipient(null, send)]);
        var ledger = new PackedLedger(united.Ledger.Span);
        ledger.Count.ShouldBe(1);
        ledger.Sum(SumKind.PressureEmail).Value.ShouldBe(1.2, 1e-12);
    }

    [Fact]
    public void Pressures_of_parts_are_summed()
    {
        var united = Recipient.Unite(
        [
            Some.Recipient(null, Send.Of(Some.Promotion(1), Some.Noon - 7 * Instants.Day)),
            Some.Recipient(null, Send.Of(Some.Promotion(2), Some.Noon)),
        ]);
        new PackedLedger(united.Ledger.Span).Sum(SumKind.PressureEmail).Read(Some.Noon, 7 * Instants.Day).ShouldBe(1.8, 1e-12);
    }

    [Fact]
    public void The_strictest_of_two_profiles_counts()
    {
        var left = Some.Person() with { Wish = FrequencyWish.Less, PausedUntil = 5, OpenCases = 1, Stage = 6, Addresses = new Addresses(AddressHealth.Dead) };
        var right = Some.Person("Asia/Tokyo") with { EventParked = true, LastCaseClosedAt = 9, Stage = 3, OpenCases = 2, Addresses = new Addresses(AddressHealth.Ok) };
        var united = Strictest.Of(left, right);
        (united.Wish, united.PausedUntil, united.OpenCases, united.LastCaseClosedAt, united.Stage, united.EventParked, united.Addresses.Email)
            .ShouldBe((FrequencyWish.Less, 5, 3, 9, (byte)3, true, AddressHealth.Ok));
        united.OtherPlaces.ShouldBe([right.Place]);
        Strictest.Of(Profile.Unknown, right).ShouldBe(right);
        Strictest.Of(left, Profile.Unknown).ShouldBe(left);
    }

    [Theory]
    [InlineData(10, 0, 20, 0, true)]
    [InlineData(10, 0, 5, 7, false)]
    [InlineData(5, 7, 10, 0, false)]
    [InlineData(10, 0, 0, 0, false)] // an entry that was never given is a refusal; a missing entry would not be
    public void Consent_of_merged_parts_holds_only_where_none_refuses(long given, long withdrawn, long otherGiven, long otherWithdrawn, bool holds)
    {
        var united = Strictest.Of(
            new Profile { Consents = [new Consent("marketing", Channel.Email, given, withdrawn)] },
            new Profile { Consents = [new Consent("marketing", Channel.Email, otherGiven, otherWithdrawn)] });
        united.Consents.ShouldHaveSingleItem().Holds.ShouldBe(holds);
    }
}
