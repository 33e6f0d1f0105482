namespace Loyalty.Communications.Delivery;

/// <summary>How one delivery ended: accepted, not sent, or unknown. There is no fourth ending.</summary>
internal abstract record MailOutcome
{
    private MailOutcome()
    {
    }

    /// <summary>The provider took responsibility: a 2yz reply to the final dot.</summary>
    public sealed record Accepted(SmtpReply Reply) : MailOutcome;

    /// <summary>The provider has not taken the mail, for certain. <paramref name="Reason"/> is ours and holds no personal value; the reply's text may.</summary>
    public sealed record NotSent(NotSentKind Kind, SmtpStage Stage, SmtpReply? Reply, string Reason) : MailOutcome;

    /// <summary>The final dot left and no valid reply came back: the mail may or may not have been taken.</summary>
    public sealed record Unknown(string Reason) : MailOutcome;
}

internal enum NotSentKind
{
    /// <summary>A 4yz reply: this mail may be tried again later.</summary>
    Temporary,

    /// <summary>A 5yz reply, or something the server said beforehand that it cannot take (size, non-ASCII address): trying again is useless.</summary>
    Permanent,

    /// <summary>No reply decided: connection lost, time over, deadline of the final dot, protocol broken. May be tried again.</summary>
    Connection,
}

/// <summary>The step of the conversation that decided. Everything before <see cref="FinalDot"/> is "not sent".</summary>
internal enum SmtpStage
{
    Connect,
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Reuse,
    Mail,
    Rcpt,
    Data,
    Body,
    FinalDot,
}
