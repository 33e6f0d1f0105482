namespace Loyalty.Communications.Throttling;

/// <summary>
/// The part of the local day in which a person may be disturbed, half-open, in minutes after local midnight; may cross midnight.
/// </summary>
internal readonly record struct AwakeWindow
{
    public const int MinutesOfDay = 24 * 60;
    public const int Shortest = 120;

    /// <param name="opens">0..1439.</param>
    /// <param name="closes">0..1440; at or before <paramref name="opens"/> means on the next day.</param>
    /// <exception cref="ArgumentOutOfRangeException">Out of range, start = end, or under two hours.</exception>
    public AwakeWindow(int opens, int closes)
    {
        if (Fault(opens, closes) is { } fault)
            throw new ArgumentOutOfRangeException(nameof(closes), $"awake window {opens}-{closes}: {fault}");
        Opens = (short)opens;
        Closes = (short)(closes % MinutesOfDay);
    }

    public short Opens { get; }

    /// <summary>0..1439.</summary>
    public short Closes { get; }

    public int Minutes => (Closes - Opens + MinutesOfDay) % MinutesOfDay;

    /// <summary>What is wrong with a window, or null.</summary>
    public static string? Fault(int opens, int closes)
    {
        if (opens is < 0 or >= MinutesOfDay)
            return "opens must lie in 00:00..23:59";
        if (closes is < 0 or > MinutesOfDay)
            return "closes must lie in 00:00..24:00";
        if (opens == closes % MinutesOfDay)
            return "opens and closes must differ";
        return (closes - opens + MinutesOfDay) % MinutesOfDay < Shortest ? "must be at least 2 hours long" : null;
    }
}
