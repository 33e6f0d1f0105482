namespace Loyalty.Communications.Delivery;

/// <summary>
/// The instant after which the final dot may no longer leave, by the sender's monotonic clock. It bounds how far a send can lie
/// from the decision that counted it; past it the connection is broken and the mail is not sent.
/// </summary>
internal readonly record struct FinalDotDeadline(TimeProvider Clock, long Until)
{
    /// <summary>15 s: its part of the gate's margin of 60 s.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(15);

    /// <param name="clock">The clock that gave <paramref name="handedTimestamp"/>.</param>
    /// <param name="handedTimestamp"><see cref="TimeProvider.GetTimestamp"/> read <b>before</b> HANDED was written, so that a slow database cannot lengthen the span.</param>
    public static FinalDotDeadline From(TimeProvider clock, long handedTimestamp) =>
        new(clock, handedTimestamp + (long)(Span.TotalSeconds * clock.TimestampFrequency));

    /// <summary>What is left; zero or less when it is over.</summary>
    public TimeSpan Left => Clock.GetElapsedTime(Clock.GetTimestamp(), Until);

    public bool IsOver => Left <= TimeSpan.Zero;
}
