namespace Loyalty.Communications.Throttling;

/// <summary>
/// The table of rules. A new rule is one file in Rules/ and one line in each place here.
/// </summary>
internal static class Rules
{
    /// <summary>Those that a recorded override may lift; nothing else.</summary>
    public static RuleSet Liftable { get; } =
        RuleSet.Of(Rule.Cap, Rule.Gap, Rule.Pressure, Rule.Sameness, Rule.Reciprocity, Rule.Yields);

    /// <summary>All rules, in the order in which they are shown.</summary>
    public static ReadOnlySpan<Rule> All =>
    [
        Rule.Reachable, Rule.Consent, Rule.NotBefore, Rule.Pause, Rule.CaseLock, Rule.StaleProfile, Rule.QuietHours,
        Rule.Gap, Rule.Cap, Rule.Ceiling, Rule.Yields,
    ];

    /// <summary>Those whose verdict depends on what was sent, so that another send can break them.</summary>
    private static ReadOnlySpan<Rule> OnWhatWasSent => [Rule.Gap, Rule.Cap, Rule.Ceiling];

    /// <summary>What a rule says of a mailing at an instant, now or later.</summary>
    public static Verdict At(Rule rule, in Question question, long at)
    {
        var verdict = rule switch
        {
            Rule.Reachable => ReachableRule.At(question, at),
            Rule.Consent => ConsentRule.At(question, at),
            Rule.NotBefore => NotBeforeRule.At(question, at),
            Rule.Pause => PauseRule.At(question, at),
            Rule.CaseLock => CaseLockRule.At(question, at),
            Rule.StaleProfile => StaleProfileRule.At(question, at),
            Rule.QuietHours => QuietHoursRule.At(question, at),
            Rule.Gap => GapRule.At(question, at),
            Rule.Cap => CapRule.At(question, at),
            Rule.Ceiling => CeilingRule.At(question, at),
            Rule.Yields => YieldsRule.At(question, at),
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "no such rule"),
        };
        return question.Terms.Lifted.Bits == 0 ? verdict : Lift(verdict, question.Terms, at);
    }

    /// <summary>Judges again what a stored verdict observed.</summary>
    public static Verdict Again(in Verdict seen, in Terms terms, Policy policy, long at)
    {
        var verdict = seen.Rule switch
        {
            Rule.Reachable => ReachableRule.Judge(at, seen.Detail, seen.Observed),
            Rule.Consent => ConsentRule.Judge(terms, at, seen.Detail, seen.Observed, seen.Since),
            Rule.NotBefore => NotBeforeRule.Judge(at, seen.Detail, seen.Observed),
            Rule.Pause => PauseRule.Judge(terms, at, seen.Observed),
            Rule.CaseLock => CaseLockRule.Judge(terms, at, seen.Observed, seen.Since),
            Rule.StaleProfile => StaleProfileRule.Judge(terms, at, seen.Detail, seen.Observed),
            Rule.QuietHours => QuietHoursRule.Judge(terms, at, seen.Detail, seen.Observed, seen.Since),
            Rule.Gap => GapRule.Judge(terms, policy, at, seen.Observed, seen.Since),
            Rule.Cap => CapRule.Judge(terms, policy, at, seen.Index, seen.Observed, seen.Since),
            Rule.Ceiling => CeilingRule.Judge(terms, at, seen.Observed, seen.Since),
            Rule.Yields => YieldsRule.Judge(terms, at, seen.Observed, seen.Since),
            _ => throw new ArgumentOutOfRangeException(nameof(seen), seen.Rule, "no such rule"),
        };
        return Lift(verdict, terms, at);
    }

    /// <summary>The latest instant that a holding rule names; the instant itself where none does. Rules that wait for an event are passed over.</summary>
    public static long Next(in Question question, long at)
    {
        var next = at;
        foreach (var rule in All)
        {
            var verdict = At(rule, question, at);
            if (!verdict.Waits && verdict.FromAt > next)
                next = verdict.FromAt;
        }

        return next;
    }

    /// <summary>Whether the rules that look at what was sent pass at an instant.</summary>
    public static bool PassOnWhatWasSent(in Question question, long at)
    {
        foreach (var rule in OnWhatWasSent)
        {
            if (At(rule, question, at).Outcome != Outcome.Pass)
                return false;
        }

        return true;
    }

    private static Verdict Lift(in Verdict verdict, in Terms terms, long at) =>
        verdict.Outcome == Outcome.Hold && terms.Lifted.Has(verdict.Rule) && Liftable.Has(verdict.Rule)
            ? verdict with { Outcome = Outcome.Pass, Lifted = true, FromAt = at }
            : verdict;
}
