namespace Loyalty.Communications.Throttling;

/// <summary>
/// PROMOTION: 20 hours since the last PROMOTION. PROMOTION and RELATIONSHIP: 4 hours since the last send of any class but TRANSACTIONAL.
/// Observed: the last promotion (0 for none); since: the last of any (0 for none); limit: the gap that binds, in microseconds.
/// </summary>
internal static class GapRule
{
    public static Verdict At(in Question question, long at)
    {
        var terms = question.Terms;
        if (!terms.IsMarketing)
            return Verdict.Pass(Rule.Gap, at);
        var policy = question.Policy;
        var forPromotion = terms.Class == MailingClass.Promotion;
        var after = at - Math.Max(forPromotion ? policy.PromotionGap : 0, policy.AnyGap) - Instants.Margin;
        long lastPromotion = 0, last = 0;
        foreach (var send in question.Sent.Until(at))
        {
            if (send.At <= after)
                break;
            if (last == 0)
                last = send.At;
            if (!forPromotion)
                break;
            if (send.Class == MailingClass.Promotion)
            {
                lastPromotion = send.At;
                break;
            }
        }

        return Judge(terms, policy, at, lastPromotion, last);
    }

    public static Verdict Judge(in Terms terms, Policy policy, long at, long lastPromotion, long last)
    {
        if (!terms.IsMarketing)
            return Verdict.Pass(Rule.Gap, at);
        var afterAny = last == 0 ? 0 : last + policy.AnyGap + Instants.Margin;
        var afterPromotion = lastPromotion == 0 || terms.Class != MailingClass.Promotion
            ? 0
            : lastPromotion + policy.PromotionGap + Instants.Margin;
        var from = Math.Max(afterAny, afterPromotion);
        var (detail, limit) = afterPromotion > afterAny
            ? (Detail.AfterPromotion, policy.PromotionGap)
            : (Detail.AfterAny, policy.AnyGap);
        return at >= from
            ? Verdict.Pass(Rule.Gap, at, detail, lastPromotion, last, limit)
            : Verdict.Hold(Rule.Gap, from, detail, lastPromotion, last, limit);
    }
}
