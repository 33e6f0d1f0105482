namespace Loyalty.Communications.Throttling;

/// <summary>RELATIONSHIP and PROMOTION: the person has not asked for peace. Observed: paused until.</summary>
internal static class PauseRule
{
    public static Verdict At(in Question question, long at) => Judge(question.Terms, at, question.Profile.PausedUntil);

    public static Verdict Judge(in Terms terms, long at, long pausedUntil)
    {
        if (!terms.IsMarketing)
            return Verdict.Pass(Rule.Pause, at);
        return at >= pausedUntil
            ? Verdict.Pass(Rule.Pause, at, observed: pausedUntil)
            : Verdict.Hold(Rule.Pause, pausedUntil, observed: pausedUntil);
    }
}
