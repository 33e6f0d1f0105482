namespace Loyalty.Communications.Throttling;

/// <summary>
/// PROMOTION: at most so many in each rolling window of the policy (on the channel, where the window names one). The wish for less halves
/// the counts, rarely quarters them, rounded down, at least 1. Index: which window of the policy; observed: promotions counted in it;
/// since: the one that has to leave it first; limit: how many the person may get.
/// </summary>
internal static class CapRule
{
    public static Verdict At(in Question question, long at)
    {
        var terms = question.Terms;
        if (terms.Class != MailingClass.Promotion)
            return Verdict.Pass(Rule.Cap, at);
        var worst = Verdict.Pass(Rule.Cap, at);
        var any = false;
        var caps = question.Policy.Caps;
        for (var i = 0; i < caps.Length; i++)
        {
            var cap = caps[i];
            if (cap.Channel is { } only && only != terms.Channel)
                continue;
            var limit = Limit(cap, terms.Wish);
            var (count, since) = Counted(question.Sent, cap, limit, at);
            var verdict = Judge(terms, question.Policy, at, (byte)i, count, since);
            if (!any || IsStricter(verdict, worst))
                worst = verdict;
            any = true;
        }

        return worst;
    }

    public static Verdict Judge(in Terms terms, Policy policy, long at, byte index, long count, long since)
    {
        if (terms.Class != MailingClass.Promotion || index >= policy.Caps.Length)
            return Verdict.Pass(Rule.Cap, at);
        var cap = policy.Caps[index];
        if (cap.Channel is { } channel && channel != terms.Channel)
            return Verdict.Pass(Rule.Cap, at);
        var limit = Limit(cap, terms.Wish);
        return count < limit
            ? Verdict.Pass(Rule.Cap, at, Detail.None, count, since, limit, index)
            : Verdict.Hold(Rule.Cap, since + cap.Window + Instants.Margin, Detail.None, count, since, limit, index);
    }

    /// <summary>How many the person may get in the window, given the wish.</summary>
    public static int Limit(Cap cap, FrequencyWish wish) => Math.Max(1, cap.Count >> (int)wish);

    private static (int Count, long Since) Counted(in Sent sent, Cap cap, int limit, long at)
    {
        var after = at - cap.Window - Instants.Margin;
        var count = 0;
        var since = 0L;
        foreach (var send in sent.Until(at))
        {
            if (send.At <= after)
                break;
            if (send.Class != MailingClass.Promotion || (cap.Channel is { } channel && channel != send.Channel))
                continue;

            // The limit-th latest is the (count - limit + 1)-th oldest: once it leaves, fewer than the limit remain.
            if (++count == limit)
                since = send.At;
        }

        return (count, since);
    }

    private static bool IsStricter(in Verdict left, in Verdict right) =>
        left.FromAt != right.FromAt ? left.FromAt > right.FromAt : left.Limit - left.Observed < right.Limit - right.Observed;
}
