namespace Loyalty.Communications.Throttling;

/// <summary>
/// RELATIONSHIP, PROMOTION, and SERVICE that is not urgent: the person is awake, as far as local time can tell. Observed: when the awake
/// window opens (not after the instant judged, if it is open); since: when that window closes; detail: whose local time it is.
/// </summary>
internal static class QuietHoursRule
{
    public static Verdict At(in Question question, long at)
    {
        if (!Applies(question.Terms))
            return Verdict.Pass(Rule.QuietHours, at);
        var awake = AwakeHours.At(question.Profile, question.Policy, at);
        return Judge(question.Terms, at, awake.Basis, awake.OpensAt, awake.ClosesAt);
    }

    public static Verdict Judge(in Terms terms, long at, Detail basis, long opensAt, long closesAt)
    {
        if (!Applies(terms))
            return Verdict.Pass(Rule.QuietHours, at);
        return opensAt <= at
            ? Verdict.Pass(Rule.QuietHours, at, basis, opensAt, closesAt)
            : Verdict.Hold(Rule.QuietHours, opensAt, basis, opensAt, closesAt);
    }

    private static bool Applies(in Terms terms) => terms.IsMarketing || (terms.Class == MailingClass.Service && !terms.Urgent);
}
