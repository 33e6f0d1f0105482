using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class EarliestTests
{
    [Fact]
    public void The_earliest_instant_of_a_mailing_is_the_first_second_at_which_the_plain_rules_pass() => Some.ForAnyHistory(200, random =>
    {
        var person = Histories.Person(random);
        var past = Histories.Past(random, 40);
        var mailing = Histories.Mailing(random, 1);
        var now = Some.Noon + random.NextInt64(Instants.Day);
        var decision = Some.Decide(Some.Recipient(person, past), mailing, now);
        var oracle = new Oracle(person, Some.Policy, past);
        if (decision.Kind == DecisionKind.Send)
        {
            oracle.Passes(mailing, now, []).ShouldBeTrue();
            return;
        }

        var earliest = decision.EarliestAt;
        earliest.ShouldBeGreaterThan(now);
        (earliest % Instants.Second).ShouldBe(0);
        oracle.Passes(mailing, earliest, []).ShouldBeTrue();
        Before(now, earliest, past).FirstOrDefault(at => oracle.Passes(mailing, at, [])).ShouldBe(0);
        (decision.Kind == DecisionKind.Decline).ShouldBe(earliest >= mailing.ExpiresAt);
    });

    [Fact]
    public void At_the_earliest_instant_the_gate_itself_passes_and_a_second_before_some_rule_holds() => Some.ForAnyHistory(500, random =>
    {
        var recipient = Some.Recipient(Histories.Person(random), Histories.Past(random, 40));
        var mailing = Histories.Mailing(random, 1) with { ExpiresAt = Some.Noon + 400 * Instants.Day };
        var first = Some.Decide(recipient, mailing, Some.Noon);
        if (first.Kind == DecisionKind.Send)
            return;
        Some.Decide(recipient, mailing, first.EarliestAt).Kind.ShouldBe(DecisionKind.Send);
        var before = Some.Decide(recipient, mailing, first.EarliestAt - Instants.Second);
        before.Kind.ShouldBe(DecisionKind.Defer);
        before.Verdicts.ToArray().ShouldContain(verdict => verdict.Outcome == Outcome.Hold);
        before.EarliestAt.ShouldBe(first.EarliestAt);
        (first.ReleaseAt - first.EarliestAt).ShouldBeInRange(0, Gate.MostSpread);
        Some.Decide(recipient, mailing with { ReleaseAt = first.ReleaseAt }, first.ReleaseAt).Kind.ShouldBe(DecisionKind.Send);
    });

    [Fact]
    public void Past_its_expiry_a_mailing_is_declined_at_once_with_the_instant_at_which_it_would_have_passed()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon));
        var mailing = Some.Promotion(2) with { ExpiresAt = Some.Noon + 21 * Instants.Hour };
        var decision = Some.Decide(recipient, mailing, Some.Noon + Instants.Hour);
        decision.Kind.ShouldBe(DecisionKind.Decline);
        decision.Reason.ShouldBe(DeclineReason.ExpiresFirst);
        decision.EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
        Some.Decide(recipient, mailing, mailing.ExpiresAt).Reason.ShouldBe(DeclineReason.Expired);
    }

    [Fact]
    public void Every_rule_gives_its_verdict_even_where_another_forbids()
    {
        var person = Some.Person() with { Erased = true, Consents = [], PausedUntil = Some.Noon + Instants.Day };
        var recipient = Some.Recipient(person, Some.Sent(Some.Promotion(), Some.Noon - Instants.Hour));
        var decision = Some.Decide(recipient, Some.Promotion(2), Some.Noon);
        decision.Verdicts.ToArray().Select(verdict => verdict.Rule).ShouldBe(Rules.All.ToArray());
        foreach (var rule in new[] { Rule.Reachable, Rule.Consent, Rule.Pause, Rule.Gap })
            decision.Of(rule).Outcome.ShouldNotBe(Outcome.Pass);
    }

    /// <summary>Seconds to try: a coarse comb over the whole wait, and every second around each instant at which something could change.</summary>
    private static IEnumerable<long> Before(long now, long earliest, Send[] past)
    {
        yield return now;
        for (var at = Instants.CeilingToSecond(now); at < earliest; at += 877 * Instants.Second)
            yield return at;
        var edges = past.SelectMany(send => new[] { 4, 20, 24, 7 * 24, 30 * 24 }.Select(hours => send.At + hours * Instants.Hour + Instants.Minute))
            .Append(earliest);
        foreach (var edge in edges)
        {
            for (var at = Instants.CeilingToSecond(edge) - 3 * Instants.Second; at < Math.Min(earliest, edge + 3 * Instants.Second); at += Instants.Second)
            {
                if (at >= now)
                    yield return at;
            }
        }

        for (var at = Math.Max(Instants.CeilingToSecond(now), earliest - 130 * Instants.Second); at < earliest; at += Instants.Second)
            yield return at;
    }
}
