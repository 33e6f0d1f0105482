namespace Loyalty.Communications.Delivery;

/// <summary>A way for mail to leave: by SMTP to a relay, or into a folder. Safe for concurrent use.</summary>
internal interface IMailTransport : IAsyncDisposable
{
    /// <summary>
    /// Leases the right to send one mail before anything is decided; never waits for another lease to end, and never throws
    /// for what the provider does. Without a permit the answer says why, and in how long a try makes sense again.
    /// </summary>
    ValueTask<MailLease> TryLeaseAsync(CancellationToken cancel);
}

/// <summary>The right to send one mail: breaker closed, rate token taken, session greeted, secured and authenticated. Disposing gives back what was not used.</summary>
internal interface IMailPermit : IAsyncDisposable
{
    /// <summary>Whether bodies may be written as 8bit (see <see cref="MimeMessage.ToBytes"/>).</summary>
    bool TakesEightBit { get; }

    /// <summary>
    /// Sends one mail, once per permit. What happens on the way is the outcome, not an exception. Cancelling before the final
    /// dot means not sent; cancelling after it gives up waiting for the reply, which is <see cref="MailOutcome.Unknown"/>: leave
    /// time for replies when shutting down.
    /// </summary>
    Task<MailOutcome> DeliverAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel);
}

/// <summary>A permit, or the reason why there is none.</summary>
internal readonly record struct MailLease(IMailPermit? Permit, LeaseRefusal? Refusal)
{
    public static MailLease Granted(IMailPermit permit) => new(permit, null);

    public static MailLease Refused(LeaseRefusalReason reason, TimeSpan nextTrialIn) => new(null, new LeaseRefusal(reason, nextTrialIn));
}

/// <summary>Why no mail may leave now. A span and not an instant: provider time is real time, while business time may run on a test clock.</summary>
internal sealed record LeaseRefusal(LeaseRefusalReason Reason, TimeSpan NextTrialIn);

internal enum LeaseRefusalReason
{
    /// <summary>Every session is leased.</summary>
    Busy,

    /// <summary>The rate is used up.</summary>
    RateLimited,

    /// <summary>The provider failed lately; the breaker is open.</summary>
    BreakerOpen,

    /// <summary>No session could be opened just now.</summary>
    NoSession,
}
