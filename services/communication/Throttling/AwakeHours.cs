namespace Loyalty.Communications.Throttling;

/// <summary>When a person may be disturbed next.</summary>
/// <param name="Basis">Whose local time it rests on.</param>
/// <param name="OpensAt">First instant at or after the one asked about that lies in an awake window, the margin before its end left out.</param>
/// <param name="ClosesAt">The true end of that window.</param>
internal readonly record struct Awake(Detail Basis, long OpensAt, long ClosesAt);

/// <summary>
/// Finds awake windows, exact across every change of the clocks. Between two changes of any zone that matters the offsets are constant
/// and the day is a circle with one arc per zone; outside the arcs' common part it is night.
/// </summary>
internal static class AwakeHours
{
    /// <summary>Less than this in common a day and another basis is taken.</summary>
    private const long LeastCommon = Instants.Hour;

    private const int MaxArcs = 64;

    /// <summary>
    /// The last <see cref="Instants.Margin"/> of a window is left out: what is committed there could arrive at night.
    /// </summary>
    public static Awake At(Profile profile, Policy policy, long at)
    {
        // One place with a known zone is one arc.
        Span<Arc> room = stackalloc Arc[profile.OtherPlaces.Length == 0 && Zones.Find(profile.Place.Zone) is not null ? 1 : MaxArcs];
        while (true)
        {
            var opens = NextOpening(profile, policy, at, room, out var basis);
            var closes = Closing(profile, policy, opens, room);
            if (opens < closes - Instants.Margin)
                return new Awake(basis, opens, closes);
            at = closes;
        }
    }

    private static long NextOpening(Profile profile, Policy policy, long at, Span<Arc> room, out Detail basis)
    {
        while (true)
        {
            var arcs = ArcsAt(profile, policy, at, room, out basis, out var until);
            var opens = FirstInAll(arcs, at, until);
            if (opens < until)
                return opens;
            at = until;
        }
    }

    /// <summary>Where the window around an awake instant ends.</summary>
    private static long Closing(Profile profile, Policy policy, long at, Span<Arc> room)
    {
        while (true)
        {
            var arcs = ArcsAt(profile, policy, at, room, out _, out var until);
            var closes = at;
            if (FirstInAll(arcs, at, until) == at)
            {
                closes = Instants.Never;
                foreach (var arc in arcs)
                    closes = Math.Min(closes, at + arc.Length - arc.Position(at));
            }

            if (closes < until)
                return closes;
            at = until;
        }
    }

    private static long FirstInAll(ReadOnlySpan<Arc> arcs, long at, long until)
    {
        for (var i = 0; i < arcs.Length && at < until; i++)
        {
            var position = arcs[i].Position(at);
            if (position < arcs[i].Length)
                continue;
            at += Instants.Day - position;
            i = -1; // moved: ask all again
        }

        return at;
    }

    private static ReadOnlySpan<Arc> ArcsAt(Profile profile, Policy policy, long at, Span<Arc> room, out Detail basis, out long until)
    {
        until = Instants.Never;
        basis = Detail.OwnZone;
        var count = Add(profile.Place, policy, ownWindow: true, at, room, 0, ref basis, ref until);
        foreach (var place in profile.OtherPlaces)
            count = Add(place, policy, ownWindow: true, at, room, count, ref basis, ref until);
        if (count == 1 || Common(room[..count]) >= LeastCommon)
            return room[..count];

        var ignored = basis;
        count = Add(profile.Place, policy, ownWindow: false, at, room, 0, ref ignored, ref until);
        foreach (var place in profile.OtherPlaces)
            count = Add(place, policy, ownWindow: false, at, room, count, ref ignored, ref until);
        if (Common(room[..count]) >= LeastCommon)
        {
            basis = Detail.DefaultWindow;
            return room[..count];
        }

        basis = Detail.FallbackZone;
        count = Add(Zones.Find(policy.FallbackZone)!, policy.Awake, at, room, 0, ref until); // a policy with an unknown zone is refused
        return room[..count];
    }

    private static int Add(
        in Place place, Policy policy, bool ownWindow, long at, Span<Arc> room, int count, ref Detail basis, ref long until)
    {
        var window = ownWindow && place.Awake is { } own ? own : policy.Awake;
        if (Zones.Find(place.Zone) is { } zone)
            return Add(zone, window, at, room, count, ref until);
        var country = Zones.OfCountry(place.Country);
        if (country.IsEmpty)
        {
            basis = Detail.FallbackZone;
            return Add(Zones.Find(policy.FallbackZone)!, window, at, room, count, ref until); // as above
        }

        if (basis == Detail.OwnZone)
            basis = Detail.CountryZones;
        foreach (var clock in country)
            count = Add(clock, window, at, room, count, ref until);
        return count;
    }

    private static int Add(ZoneClock zone, AwakeWindow window, long at, Span<Arc> room, int count, ref long until)
    {
        var offset = zone.OffsetAt(at, out var end);
        until = Math.Min(until, end);
        var arc = new Arc(Modulo(window.Opens * Instants.Minute - offset), window.Minutes * Instants.Minute);
        for (var i = 0; i < count; i++)
        {
            if (room[i] == arc)
                return count;
        }

        if (count < room.Length)
        {
            room[count] = arc;
            return count + 1;
        }

        // More arcs than there is room for have no hour in common; an arc without length says so.
        room[0] = arc with { Length = 0 };
        return count;
    }

    /// <summary>How much of the day lies in all arcs.</summary>
    private static long Common(ReadOnlySpan<Arc> arcs)
    {
        var common = 0L;
        for (var i = 0; i < arcs.Length; i++)
        {
            // Each common stretch begins where some arc begins; two that begin together count once.
            var stretch = arcs[i].Length;
            for (var j = 0; j < arcs.Length && stretch > 0; j++)
            {
                if (j < i && arcs[j].Start == arcs[i].Start)
                    stretch = 0;
                stretch = Math.Min(stretch, arcs[j].Length - arcs[j].Position(arcs[i].Start));
            }

            common += Math.Max(0, stretch);
        }

        return common;
    }

    private static long Modulo(long at)
    {
        var rest = at % Instants.Day;
        return rest < 0 ? rest + Instants.Day : rest;
    }

    /// <summary>An awake window on the circle of the UTC day.</summary>
    private readonly record struct Arc(long Start, long Length)
    {
        public long Position(long at) => Modulo(at - Start);
    }
}
