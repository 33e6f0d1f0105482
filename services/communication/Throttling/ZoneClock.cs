using NodaTime;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// One time zone, with its offsets over some years kept as plain numbers: asking allocates nothing while the instant lies within them.
/// </summary>
internal sealed class ZoneClock(DateTimeZone zone)
{
    private const long Year = 366 * Instants.Day;

    private Stretch _stretch = new(0, 0, [], []);

    public string Id => zone.Id;

    /// <summary>Local time minus UTC at an instant, and until when that holds (exclusive).</summary>
    public long OffsetAt(long at, out long until)
    {
        var stretch = Volatile.Read(ref _stretch);
        if (at < stretch.From || at >= stretch.To)
            stretch = Extend(at);
        var ends = stretch.Ends;
        int low = 0, high = ends.Length - 1;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (ends[middle] > at)
                high = middle;
            else
                low = middle + 1;
        }

        until = ends[low];
        return stretch.Offsets[low];
    }

    // Two threads may build the same stretch at once; either result is right.
    private Stretch Extend(long at)
    {
        var known = _stretch;
        var from = known.Ends.Length == 0 ? at - Year : Math.Min(known.From, at - Year);
        var to = Math.Max(known.To, at + 3 * Year);
        List<long> ends = [];
        List<long> offsets = [];
        var next = from;
        while (next < to)
        {
            var interval = zone.GetZoneInterval(Instant.FromUnixTimeTicks(next * 10));
            next = interval.HasEnd ? interval.End.ToUnixTimeTicks() / 10 : Instants.Never;
            ends.Add(next);
            offsets.Add(interval.WallOffset.Ticks / 10);
        }

        var extended = new Stretch(from, to, [.. ends], [.. offsets]);
        Volatile.Write(ref _stretch, extended);
        return extended;
    }

    private sealed record Stretch(long From, long To, long[] Ends, long[] Offsets);
}
