namespace Loyalty.Communications.Throttling;

/// <summary>
/// All classes: the person exists, is not erased and has a working address on the channel. A spam complaint withdraws consent, it does
/// not make an address dead, so codes still arrive. Observed: when the mailing was accepted, while an unknown customer's profile is awaited.
/// </summary>
internal static class ReachableRule
{
    public static Verdict At(in Question question, long at) =>
        Judge(at, Observe(question), question.Profile.Known ? 0 : question.Mailing.AcceptedAt);

    public static Verdict Judge(long at, Detail seen, long acceptedAt) => seen switch
    {
        Detail.AddressOk or Detail.AddressSoft => Verdict.Pass(Rule.Reachable, at, seen),
        Detail.ProfileAwaited => Verdict.Wait(Rule.Reachable, seen, acceptedAt, limit: Policy.ProfileWait),
        _ => Verdict.Forbid(Rule.Reachable, seen, acceptedAt),
    };

    private static Detail Observe(in Question question)
    {
        var profile = question.Profile;
        if (question.Terms.Direct)
            return Detail.AddressOk;
        if (!profile.Known)
            return question.Visit.Now < question.Mailing.AcceptedAt + Policy.ProfileWait ? Detail.ProfileAwaited : Detail.UnknownCustomer;
        if (profile.Erased)
            return Detail.Erased;
        return profile.Addresses.On(question.Terms.Channel) switch
        {
            AddressHealth.Ok => Detail.AddressOk,
            AddressHealth.Soft => Detail.AddressSoft,
            AddressHealth.Dead => Detail.AddressDead,
            _ => Detail.NoAddress,
        };
    }
}
