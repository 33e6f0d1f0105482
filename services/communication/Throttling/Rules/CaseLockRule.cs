namespace Loyalty.Communications.Throttling;

/// <summary>
/// PROMOTION, and RELATIONSHIP that asks: no complaint or question of the person is open, and the last one closed at least 3 days ago.
/// A gift or an apology passes. Observed: open cases; since: when the last one closed (0 for never); limit: the rest after closing, in
/// microseconds.
/// </summary>
internal static class CaseLockRule
{
    /// <summary>From a closing to the next ask or promotion; compiled in.</summary>
    public const long Rest = 3 * Instants.Day;

    public static Verdict At(in Question question, long at) =>
        Judge(question.Terms, at, question.Profile.OpenCases, question.Profile.LastCaseClosedAt);

    public static Verdict Judge(in Terms terms, long at, long open, long closedAt)
    {
        if (!terms.IsDelicate)
            return Verdict.Pass(Rule.CaseLock, at);
        if (open > 0)
            return Verdict.Wait(Rule.CaseLock, Detail.CaseOpen, open, closedAt, Rest);
        var from = closedAt == 0 ? 0 : closedAt + Rest + Instants.Margin;
        return at >= from
            ? Verdict.Pass(Rule.CaseLock, at, observed: open, since: closedAt, limit: Rest)
            : Verdict.Hold(Rule.CaseLock, from, Detail.CaseClosedLately, open, closedAt, Rest);
    }
}
