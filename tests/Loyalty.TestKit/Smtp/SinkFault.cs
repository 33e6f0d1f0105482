namespace Loyalty.TestKit.Smtp;

/// <summary>Where in the conversation the sink may misbehave.</summary>
public enum SinkMoment
{
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,

    /// <summary>After 354 and the first line of the message.</summary>
    Body,

    /// <summary>When the final dot has been read.</summary>
    FinalDot,
    Rset,
}

/// <summary>What the sink does instead of its duty.</summary>
public abstract record SinkFault
{
    private SinkFault()
    {
    }

    /// <summary>Says a code and a text; the command is not carried out. With <paramref name="ThenClose"/> it closes afterwards.</summary>
    public sealed record Refuse(int Code, string Text = "refused by the script", bool ThenClose = false) : SinkFault;

    /// <summary>Sends exactly this; the command is not carried out.</summary>
    public sealed record Say(string Octets) : SinkFault;

    /// <summary>Resets the connection. At <see cref="SinkMoment.FinalDot"/>: without having accepted.</summary>
    public sealed record Drop : SinkFault;

    /// <summary>Only at <see cref="SinkMoment.FinalDot"/>: accepts the mail, and resets the connection instead of answering.</summary>
    public sealed record AcceptThenDrop : SinkFault;

    /// <summary>Answers neither this command nor any later one.</summary>
    public sealed record Silence : SinkFault;

    /// <summary>Does its duty that much later (real time).</summary>
    public sealed record Delay(TimeSpan Span) : SinkFault;

    /// <summary>Runs something of the test, then does its duty.</summary>
    public sealed record Meanwhile(Action What) : SinkFault;
}
