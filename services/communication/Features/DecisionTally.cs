using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>The decisions of one transaction, counted when it is committed: one that is rolled back is made again.</summary>
internal sealed class DecisionTally
{
    private readonly int[] outcomes = new int[(int)DecisionKind.Decline + 1];
    private readonly int[] rules = new int[(int)Rule.Yields + 1];

    public void Count(in Decision decision)
    {
        outcomes[(int)decision.Kind]++;
        if (decision.Kind == DecisionKind.Send)
            return;
        foreach (ref readonly var verdict in decision.Verdicts)
        {
            if (verdict.Outcome != Outcome.Pass)
                rules[(int)verdict.Rule]++;
        }
    }

    public void Publish()
    {
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] > 0)
                MailingTelemetry.Decided((DecisionKind)i, outcomes[i]);
        }

        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i] > 0)
                MailingTelemetry.HeldBy((Rule)i, rules[i]);
        }
    }
}
