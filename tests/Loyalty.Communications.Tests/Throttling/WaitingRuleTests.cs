using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

/// <summary>not_before, pause and stale_profile.</summary>
public sealed class WaitingRuleTests
{
    [Fact]
    public void Defers_any_class_to_the_second_after_not_before()
    {
        var notBefore = Some.Noon + 90 * Instants.Second + 1;
        var decision = Some.Decide(Some.Recipient(), Some.Receipt() with { NotBefore = notBefore }, Some.Noon);
        decision.Kind.ShouldBe(DecisionKind.Defer);
        decision.EarliestAt.ShouldBe(Some.Noon + 91 * Instants.Second);
        decision.Of(Rule.NotBefore).Observed.ShouldBe(notBefore);
    }

    [Fact]
    public void A_backoff_holds_like_not_before_but_reserves_nothing()
    {
        Mailing[] line = [Some.Promotion(1) with { BackoffUntil = Some.Noon + Instants.Hour }, Some.Promotion(2)];
        var decisions = Some.DecideLine(Some.Recipient(), line, Some.Noon);
        decisions[0].Kind.ShouldBe(DecisionKind.Defer);
        decisions[0].Place.ShouldBe(LinePlace.Aside);
        decisions[0].EarliestAt.ShouldBe(Some.Noon + Instants.Hour);
        decisions[0].Of(Rule.NotBefore).Detail.ShouldBe(Detail.Backoff);
        decisions[1].Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void A_pause_stops_thanks_and_offers_but_no_answers_and_no_receipts()
    {
        var until = Some.Noon + 30 * Instants.Day;
        var recipient = Some.Recipient(Some.Person() with { PausedUntil = until });
        Some.Decide(recipient, Some.Promotion(), Some.Noon).EarliestAt.ShouldBe(until);
        Some.Decide(recipient, Some.Thanks(), Some.Noon).EarliestAt.ShouldBe(until);
        Some.Decide(recipient, Some.Service(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Receipt(), Some.Noon).Kind.ShouldBe(DecisionKind.Send);
        Some.Decide(recipient, Some.Promotion(), until).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void An_endless_pause_outlasts_every_expiry()
    {
        var decision = Some.Decide(Some.Recipient(Some.Person() with { PausedUntil = Instants.Never }), Some.Promotion(), Some.Noon);
        decision.Reason.ShouldBe(DeclineReason.ExpiresFirst);
    }

    [Theory]
    [InlineData(120, true)]
    [InlineData(121, false)]
    public void Holds_promotions_and_asks_when_a_heartbeat_is_over_two_minutes_old(int age, bool fresh)
    {
        var visit = Some.Visit(Some.Noon) with { InteractionHeardAt = Some.Noon - age * Instants.Second };
        foreach (var mailing in new[] { Some.Promotion(), Some.OpinionAsk() })
        {
            Gate.Decide(Some.Recipient(), mailing, [], visit, out var decision);
            decision.Kind.ShouldBe(fresh ? DecisionKind.Send : DecisionKind.Defer);
            decision.WaitsFor.ShouldBe(fresh ? WaitsFor.Nothing : WaitsFor.Heartbeat);
        }

        Gate.Decide(Some.Recipient(), Some.Thanks(), [], visit, out var thanks);
        thanks.Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void Holds_a_promotion_while_an_event_of_the_person_is_parked()
    {
        var decision = Some.Decide(Some.Recipient(Some.Person() with { EventParked = true }), Some.Promotion(), Some.Noon);
        decision.WaitsFor.ShouldBe(WaitsFor.ParkedEvent);
        decision.Kind.ShouldBe(DecisionKind.Defer);
    }

    [Fact]
    public void Looks_again_soon_while_an_event_is_parked_because_its_end_may_be_no_news()
    {
        var decision = Some.Decide(Some.Recipient(Some.Person() with { EventParked = true }), Some.Promotion(), Some.Noon);
        decision.DueAt.ShouldBe(Some.Noon + Policy.HeartbeatAge);
    }

    [Fact]
    public void What_waits_for_an_event_but_could_not_pass_before_its_expiry_is_declined()
    {
        var person = Some.Person() with { EventParked = true, PausedUntil = Some.Noon + 10 * Instants.Day };
        var decision = Some.Decide(Some.Recipient(person), Some.Promotion() with { ExpiresAt = Some.Noon + 7 * Instants.Day }, Some.Noon);
        decision.Reason.ShouldBe(DeclineReason.ExpiresFirst);
        decision.EarliestAt.ShouldBe(Some.Noon + 10 * Instants.Day);
    }
}
