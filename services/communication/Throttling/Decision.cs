using System.Diagnostics.CodeAnalysis;

namespace Loyalty.Communications.Throttling;

/// <summary>The numbers are stored.</summary>
internal enum DecisionKind : byte
{
    Send = 1,
    Defer = 2,
    Decline = 3,
}

/// <summary>The numbers are stored.</summary>
internal enum DeclineReason : byte
{
    None = 0,
    UnknownCustomer = 1,
    Erased = 2,
    NoAddress = 3,
    AddressDead = 4,
    NoConsent = 5,
    ExpiresFirst = 6,
    Expired = 7,
}

/// <summary>The event that a deferred mailing waits for. The numbers are stored.</summary>
internal enum WaitsFor : byte
{
    Nothing = 0,
    Profile = 1,
    Heartbeat = 2,
    ParkedEvent = 3,
    CaseClosing = 4,
    Stage = 5,
}

/// <summary>What a deferral says about its place in the line. The numbers are stored.</summary>
internal enum LinePlace : byte
{
    /// <summary>Planned: the earliest instant is a promise while those ahead go at their own times.</summary>
    Planned = 1,

    /// <summary>Behind the sixteen that are planned: the earliest instant is only "not before".</summary>
    BehindThePlan = 2,

    /// <summary>Only those ahead push it past its expiry; it waits on and reserves nothing.</summary>
    CrowdedOut = 3,

    /// <summary>Waits for an event or a backoff and reserves nothing.</summary>
    Aside = 4,

    /// <summary>The search did not settle in 64 rounds; looked at again in an hour.</summary>
    Unsettled = 5,
}

/// <summary>
/// What the gate says of one mailing, with one verdict per rule. A large mutable struct on purpose: it is written in place, in a span
/// of the caller, so that deciding allocates nothing.
/// </summary>
[SuppressMessage("Design", "CA1051", Justification = "written in place")]
internal struct Decision
{
    public Guid MailingId;
    public DecisionKind Kind;
    public DeclineReason Reason;
    public WaitsFor WaitsFor;
    public LinePlace Place;

    /// <summary>Planned mailings ahead of it.</summary>
    public byte Ahead;

    /// <summary>When it was judged.</summary>
    public long At;

    /// <summary>Least instant at which every rule passes: now for a Send, <see cref="Instants.Never"/> while it waits for an event.</summary>
    public long EarliestAt;

    /// <summary>When it is meant to go: earliest plus spread. Store it and hand it back as <see cref="Mailing.ReleaseAt"/>.</summary>
    public long ReleaseAt;

    /// <summary>When the mailing wants to be looked at again; never after its expiry.</summary>
    public long DueAt;

    /// <summary>For a Send: the end of the awake window, <see cref="Instants.Never"/> where the night does not matter to it.</summary>
    public long AwakeUntil;

    public Terms Terms;
    public Verdicts All;
    public byte Count;

    [UnscopedRef]
    public readonly ReadOnlySpan<Verdict> Verdicts => ((ReadOnlySpan<Verdict>)All)[..Count];
}
