namespace Loyalty.Communications.Throttling;

/// <summary>
/// PROMOTION, and RELATIONSHIP that asks: what we know of the person is fresh. Both services' heartbeats are at most 2 minutes old and no
/// event of this person is parked. Observed: the older heartbeat; limit: the greatest age, in microseconds. Judged as of now, also for
/// later instants: heartbeats are expected to go on.
/// </summary>
internal static class StaleProfileRule
{
    public static Verdict At(in Question question, long at)
    {
        var visit = question.Visit;
        var verdict = Judge(
            question.Terms,
            visit.Now,
            question.Profile.EventParked ? Detail.EventParked : Detail.None,
            Math.Min(visit.CustomerHeardAt, visit.InteractionHeardAt));
        return verdict.Outcome == Outcome.Pass ? verdict with { FromAt = at } : verdict;
    }

    public static Verdict Judge(in Terms terms, long now, Detail seen, long heardAt)
    {
        if (!terms.IsDelicate)
            return Verdict.Pass(Rule.StaleProfile, now);
        if (seen == Detail.EventParked)
            return Verdict.Wait(Rule.StaleProfile, seen, heardAt, limit: Policy.HeartbeatAge);
        return now - heardAt > Policy.HeartbeatAge
            ? Verdict.Wait(Rule.StaleProfile, Detail.HeartbeatOld, heardAt, limit: Policy.HeartbeatAge)
            : Verdict.Pass(Rule.StaleProfile, now, observed: heardAt, limit: Policy.HeartbeatAge);
    }
}
