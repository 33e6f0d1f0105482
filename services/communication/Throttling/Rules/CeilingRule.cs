namespace Loyalty.Communications.Throttling;

/// <summary>
/// At most 9 sends of any class but TRANSACTIONAL in 24 hours, and 30 TRANSACTIONAL ones. Compiled in; nothing lifts it. Observed: sends
/// counted; since: the one that has to leave first; limit: the ceiling.
/// </summary>
internal static class CeilingRule
{
    public static Verdict At(in Question question, long at)
    {
        var transactional = question.Terms.Class == MailingClass.Transactional;
        var limit = Limit(question.Terms);
        var after = at - Policy.CeilingWindow - Instants.Margin;
        var count = 0;
        var since = 0L;
        foreach (var send in transactional ? question.Sent.TransactionalUntil(at) : question.Sent.Until(at))
        {
            if (send.At <= after)
                break;
            if (++count == limit)
                since = send.At;
        }

        return Judge(question.Terms, at, count, since);
    }

    public static Verdict Judge(in Terms terms, long at, long count, long since)
    {
        var limit = Limit(terms);
        return count < limit
            ? Verdict.Pass(Rule.Ceiling, at, Detail.None, count, since, limit)
            : Verdict.Hold(Rule.Ceiling, since + Policy.CeilingWindow + Instants.Margin, Detail.None, count, since, limit);
    }

    private static int Limit(in Terms terms) =>
        terms.Class == MailingClass.Transactional ? Policy.TransactionalCeiling : Policy.Ceiling;
}
