namespace Loyalty.Communications.Throttling;

/// <summary>Instants here are whole microseconds since 1970-01-01T00:00Z; spans are microseconds too.</summary>
internal static class Instants
{
    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>"No instant": waits for an event, or will never pass.</summary>
    public const long Never = long.MaxValue;

    /// <summary>
    /// Added to every window and gap: a mailing may rest 45 s in COMMITTED and take 15 s to be delivered, so what the ledger
    /// dates at the commit may reach the person that much later.
    /// </summary>
    public const long Margin = 60 * Second;

    /// <summary>
    /// The first whole second at or after an instant. Earliest instants are whole seconds, so that "a second earlier" means something.
    /// </summary>
    public static long CeilingToSecond(long at)
    {
        if (at >= Never - Second)
            return Never;
        var rest = at % Second;
        if (rest == 0)
            return at;
        return rest > 0 ? at - rest + Second : at - rest;
    }
}
