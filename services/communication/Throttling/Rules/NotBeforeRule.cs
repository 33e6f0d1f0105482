namespace Loyalty.Communications.Throttling;

/// <summary>All classes: not before the instant the sender asked for, nor before the end of a backoff. Observed: the later of the two.</summary>
internal static class NotBeforeRule
{
    public static Verdict At(in Question question, long at)
    {
        var mailing = question.Mailing;
        return mailing.BackoffUntil > mailing.NotBefore
            ? Judge(at, Detail.Backoff, mailing.BackoffUntil)
            : Judge(at, Detail.None, mailing.NotBefore);
    }

    public static Verdict Judge(long at, Detail seen, long notBefore) => at >= notBefore
        ? Verdict.Pass(Rule.NotBefore, at, seen, notBefore)
        : Verdict.Hold(Rule.NotBefore, notBefore, seen, notBefore);
}
