using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class ExplanationTests
{
    /// <summary>Policies, and the same read again from the text that would be stored.</summary>
    private static readonly (Policy Policy, Policy Stored)[] Policies = Array.ConvertAll(
        new[]
        {
            "{}",
            """{ "gap": { "promotion_hours": 2, "any_hours": 7 }, "caps": [{ "count": 2, "days": 3, "channel": "sms" }] }""",
            """{ "caps": [{ "count": 5, "days": 30 }], "quiet_hours": { "awake_from": "20:00", "awake_until": "03:00" } }""",
        },
        text => PolicyText.Parse(text, Some.Noon) is var policy ? (policy, PolicyText.Parse(policy.Text, Some.Noon)) : default);

    [Fact]
    public void A_stored_explanation_and_the_stored_policy_text_recompute_to_the_same_verdict() => Some.ForAnyHistory(400, random =>
    {
        var (policy, stored) = Policies[random.Next(Policies.Length)];
        var person = Histories.Person(random) with { EventParked = random.Next(8) == 0, Erased = random.Next(12) == 0 };
        var recipient = random.Next(12) == 0 ? Recipient.Unknown : Some.Recipient(person, Histories.Past(random, 40));
        var lifts = random.Next(3) == 0 ? RuleSet.Of(Rule.Cap, Rule.Gap, Rule.Yields, Rule.Ceiling) : default;
        var line = Enumerable.Range(1, 6).Select(number => Histories.Mailing(random, number) with { Lifted = lifts }).ToArray();
        var now = Some.Noon + random.NextInt64(4 * Instants.Day);
        foreach (var decision in Some.DecideLine(recipient, line, now, policy))
        {
            var explanation = Explanation.Of(decision, policy);
            var unpacked = ExplanationCodec.Unpack(ExplanationCodec.Pack(explanation));
            unpacked.Agrees(explanation).ShouldBeTrue();
            var recomputed = unpacked.Recompute(stored);
            recomputed.Verdicts.ShouldBe(explanation.Verdicts);
            recomputed.Agrees(explanation).ShouldBeTrue();
        }
    });

    [Fact]
    public void Under_another_policy_the_same_observations_may_give_another_verdict()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon - 10 * Instants.Hour));
        var explanation = Explanation.Of(Some.Decide(recipient, Some.Promotion(2), Some.Noon), Some.Policy);
        explanation.Kind.ShouldBe(DecisionKind.Defer);
        var shorter = PolicyText.Parse("""{ "gap": { "promotion_hours": 9 } }""", Some.Noon);
        explanation.Recompute(shorter).Verdicts.ShouldAllBe(verdict => verdict.Outcome == Outcome.Pass);
        explanation.Recompute(shorter).Agrees(explanation).ShouldBeFalse();
    }

    [Fact]
    public void A_changed_observation_does_not_go_unnoticed()
    {
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), Some.Noon - 10 * Instants.Hour));
        var explanation = Explanation.Of(Some.Decide(recipient, Some.Promotion(2), Some.Noon), Some.Policy);
        var forged = explanation with
        {
            Verdicts = [.. explanation.Verdicts.Select(verdict => verdict.Rule == Rule.Gap ? verdict with { Observed = 1 } : verdict)],
        };
        forged.Recompute(Some.Policy).Agrees(forged).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_explanation_is_refused()
    {
        Should.Throw<InvalidDataException>(() => ExplanationCodec.Unpack([1, 2, 3]));
        var packed = ExplanationCodec.Pack(Explanation.Of(Some.Decide(Some.Recipient(), Some.Promotion(), Some.Noon), Some.Policy));
        Should.Throw<InvalidDataException>(() => ExplanationCodec.Unpack(packed.AsSpan(0, packed.Length - 1)));
    }
}
