using System.Runtime.CompilerServices;

namespace Loyalty.Communications.Throttling;

/// <summary>The rules of the gate, in the order in which they are shown. The numbers are stored.</summary>
internal enum Rule : byte
{
    Reachable = 1,
    Consent = 2,
    NotBefore = 3,
    Pause = 4,
    Stage = 5,
    CaseLock = 6,
    StaleProfile = 7,
    QuietHours = 8,
    Gap = 9,
    Cap = 10,
    Ceiling = 11,
    Pressure = 12,
    Sameness = 13,
    Reciprocity = 14,
    Yields = 15,
}

/// <summary>A set of rules, a bit each.</summary>
internal readonly record struct RuleSet(ushort Bits)
{
    public static RuleSet Of(params ReadOnlySpan<Rule> rules)
    {
        var bits = 0;
        foreach (var rule in rules)
            bits |= 1 << (int)rule;
        return new RuleSet((ushort)bits);
    }

    public bool Has(Rule rule) => (Bits >> (int)rule & 1) != 0;
}

internal enum Outcome : byte
{
    Pass = 1,
    Hold = 2,
    Forbid = 3,
}

/// <summary>What a verdict rests on, where a number does not say it. The numbers are stored.</summary>
internal enum Detail : byte
{
    None = 0,
    ProfileAwaited = 1,
    UnknownCustomer = 2,
    Erased = 3,
    NoAddress = 4,
    AddressDead = 5,
    NoConsent = 6,
    ConsentWithdrawn = 7,
    Backoff = 8,
    HeartbeatOld = 9,
    EventParked = 10,
    OwnZone = 11,
    CountryZones = 12,
    DefaultWindow = 13,
    FallbackZone = 14,
    AfterPromotion = 15,
    AfterAny = 16,
    CaseOpen = 17,
    CaseClosedLately = 18,
    StageTooLow = 19,
    AddressOk = 20,
    AddressSoft = 21,
    ConsentGiven = 22,
    Asks = 23,
    Offers = 24,
}

/// <summary>
/// What one rule says of one mailing at one instant. The units of <see cref="Observed"/>, <see cref="Since"/> and <see cref="Limit"/>
/// stand in the rule's file and in README.md; together with the terms and the policy they are enough to judge again.
/// </summary>
/// <param name="Index">Which of several limits of the rule (the caps of the policy); 0 elsewhere.</param>
/// <param name="Lifted">It would have held, and a recorded override lets it pass.</param>
/// <param name="Since">The instant the verdict rests on, mostly of the send that has to leave a window.</param>
/// <param name="FromAt">First instant, in whole seconds, at which it passes; the instant judged if it passes,
/// <see cref="Instants.Never"/> if it forbids or waits for an event.</param>
internal readonly record struct Verdict(
    Rule Rule, Outcome Outcome, Detail Detail, byte Index, bool Lifted, long Observed, long Since, long Limit, long FromAt)
{
    public static Verdict Pass(Rule rule, long at, Detail detail = Detail.None, long observed = 0, long since = 0, long limit = 0, byte index = 0) =>
        new(rule, Outcome.Pass, detail, index, Lifted: false, observed, since, limit, at);

    /// <summary>Holds until an instant, which is rounded up to a whole second.</summary>
    public static Verdict Hold(Rule rule, long fromAt, Detail detail = Detail.None, long observed = 0, long since = 0, long limit = 0, byte index = 0) =>
        new(rule, Outcome.Hold, detail, index, Lifted: false, observed, since, limit, Instants.CeilingToSecond(fromAt));

    /// <summary>Holds until something is told to us.</summary>
    public static Verdict Wait(Rule rule, Detail detail, long observed = 0, long since = 0, long limit = 0) =>
        new(rule, Outcome.Hold, detail, Index: 0, Lifted: false, observed, since, limit, Instants.Never);

    public static Verdict Forbid(Rule rule, Detail detail, long observed = 0, long since = 0, long limit = 0) =>
        new(rule, Outcome.Forbid, detail, Index: 0, Lifted: false, observed, since, limit, Instants.Never);

    public bool Waits => Outcome == Outcome.Hold && FromAt == Instants.Never;
}

/// <summary>One verdict per rule, in place.</summary>
[InlineArray(Capacity)]
internal struct Verdicts
{
    public const int Capacity = 15;
    private Verdict _first;
}
