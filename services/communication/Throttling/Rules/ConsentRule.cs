namespace Loyalty.Communications.Throttling;

/// <summary>
/// RELATIONSHIP and PROMOTION: the consent for the mailing's purpose on its channel was given later than it was withdrawn (a tie is a
/// withdrawal). Observed: given at; since: withdrawn at.
/// </summary>
internal static class ConsentRule
{
    public static Verdict At(in Question question, long at)
    {
        if (!question.Terms.IsMarketing)
            return Verdict.Pass(Rule.Consent, at);
        if (!question.Profile.Known)
            return Judge(question.Terms, at, Detail.ProfileAwaited, 0, 0);
        var purpose = question.Mailing.ConsentPurpose;
        foreach (var consent in question.Profile.Consents)
        {
            if (consent.Channel == question.Terms.Channel && string.Equals(consent.Purpose, purpose, StringComparison.Ordinal))
                return Judge(question.Terms, at, Detail.None, consent.GivenAt, consent.WithdrawnAt);
        }

        return Judge(question.Terms, at, Detail.None, 0, 0);
    }

    public static Verdict Judge(in Terms terms, long at, Detail seen, long givenAt, long withdrawnAt)
    {
        if (!terms.IsMarketing)
            return Verdict.Pass(Rule.Consent, at);
        if (seen == Detail.ProfileAwaited)
            return Verdict.Wait(Rule.Consent, seen);
        if (givenAt > withdrawnAt)
            return Verdict.Pass(Rule.Consent, at, Detail.ConsentGiven, givenAt, withdrawnAt);
        return Verdict.Forbid(Rule.Consent, withdrawnAt > 0 ? Detail.ConsentWithdrawn : Detail.NoConsent, givenAt, withdrawnAt);
    }
}
