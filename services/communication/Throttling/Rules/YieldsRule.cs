namespace Loyalty.Communications.Throttling;

/// <summary>
/// RELATIONSHIP and PROMOTION: sending now would not break a mailing ahead, neither at the instant it is planned to go nor at the earlier
/// one it is promised to pass. Observed: mailings ahead that are planned for later; since: the latest instant that would break (0 for
/// none). From there on: a send weighs more on a later instant the nearer it comes, so between now and that instant it would always
/// break it.
/// </summary>
internal static class YieldsRule
{
    public static Verdict At(in Question question, long at)
    {
        var planned = question.Sent.Planned;
        return !question.Terms.IsMarketing || planned.IsEmpty || planned[^1].At <= at
            ? Verdict.Pass(Rule.Yields, at)
            : AskThoseAhead(question, planned, at);
    }

    private static Verdict AskThoseAhead(in Question question, ReadOnlySpan<Planned> planned, long at)
    {
        var others = default(Plan);
        var later = 0;
        var broken = 0L;
        for (var i = planned.Length - 1; i >= 0 && planned[i].At > at; i--)
        {
            later++;
            var (ahead, promisedAt, plannedAt) = planned[i];
            if (plannedAt <= broken)
                continue;
            others.Clear();
            for (var k = 0; k < planned.Length; k++)
            {
                if (k != i)
                    others.Add(planned[k]);
            }

            others.Add(new Planned(question.Mailing, at, at));
            var theirs = new Question(ahead, question.Profile, question.Sent.Ledger, others.InOrder, question.Visit);
            if (!Rules.PassOnWhatWasSent(theirs, plannedAt))
                broken = plannedAt;
            else if (promisedAt > Math.Max(at, broken) && !Rules.PassOnWhatWasSent(theirs, promisedAt))
                broken = promisedAt;
        }

        return Judge(question.Terms, at, later, broken);
    }

    public static Verdict Judge(in Terms terms, long at, long later, long broken)
    {
        if (!terms.IsMarketing)
            return Verdict.Pass(Rule.Yields, at);
        return broken == 0
            ? Verdict.Pass(Rule.Yields, at, observed: later)
            : Verdict.Hold(Rule.Yields, broken, observed: later, since: broken);
    }
}
