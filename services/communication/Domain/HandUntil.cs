using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Domain;

/// <summary>Until when a committed mailing may be handed over. With the 15 s of the final dot it makes the gate's margin of 60 s.</summary>
internal static class HandUntil
{
    /// <summary>From the commit to HANDED, at most.</summary>
    public const long Longest = 45 * Instants.Second;

    /// <summary>From HANDED to the final dot, at most: kept free before the end of the awake window.</summary>
    public const long FinalDot = 15 * Instants.Second;

    /// <summary>A mailing that was HANDED for so long has lost its outcome.</summary>
    public const long OutcomeLostAfter = 15 * Instants.Minute;

    /// <summary>The instant, half-open: at it the mailing may no longer be HANDED.</summary>
    public static long Of(long committedAt, long awakeUntil, long expiresAt) =>
        Math.Min(Math.Min(committedAt + Longest, awakeUntil == Instants.Never ? Instants.Never : awakeUntil - FinalDot), expiresAt);
}
