using NodaTime;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// The local time of one zone, or of all zones of a country at once: its distinct offsets over some years, kept as plain numbers, so that
/// asking allocates nothing while the instant lies within them.
/// </summary>
internal sealed class LocalClock(params DateTimeZone[] zones)
{
    private const long Year = 366 * Instants.Day;

    private Stretch _stretch = new(0, 0, [], []);

    /// <summary>The distinct values of local time minus UTC at an instant, and until when they hold (exclusive).</summary>
    public ReadOnlySpan<long> OffsetsAt(long at, out long until)
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
        List<long[]> offsets = [];
        var next = from;
        while (next < to)
        {
            var instant = Instant.FromUnixTimeTicks(next * 10);
            var intervals = Array.ConvertAll(zones, zone => zone.GetZoneInterval(instant));
            next = intervals.Min(interval => interval.HasEnd ? interval.End.ToUnixTimeTicks() / 10 : Instants.Never);
            ends.Add(next);
            offsets.Add([.. intervals.Select(interval => interval.WallOffset.Ticks / 10).Distinct()]);
        }

        var extended = new Stretch(from, to, [.. ends], [.. offsets]);
        Volatile.Write(ref _stretch, extended);
        return extended;
    }

    private sealed record Stretch(long From, long To, long[] Ends, long[][] Offsets);
}
