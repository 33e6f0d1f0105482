namespace Loyalty.Communications.Throttling;

/// <summary>When a person may be disturbed next.</summary>
/// <param name="Basis">Whose local time it rests on.</param>
/// <param name="OpensAt">First instant at or after the one asked about that lies in an awake window, the margin before its end left out.</param>
/// <param name="ClosesAt">The true end of that window.</param>
internal readonly record struct Awake(Detail Basis, long OpensAt, long ClosesAt);

/// <summary>
/// Finds awake windows, exact across every change of the clocks. Between two changes of any zone that matters the offsets are constant
/// and the day is a circle with one arc per offset; outside the arcs' common part it is night.
/// </summary>
internal static class AwakeHours
{
    /// <summary>Less than this in common a day and another basis is taken.</summary>
    private const long LeastCommon = Instants.Hour;

    private const int MostArcs = 64;

    /// <summary>
    /// The last <see cref="Instants.Margin"/> of a window is left out: what is committed there could arrive at night.
    /// </summary>
    public static Awake At(Profile profile, Policy policy, long at)
    {
        // One place with a known zone is one arc.
        Span<Arc> room = stackalloc Arc[profile.Place.Basis == Detail.OwnZone && profile.OtherPlaces.Length == 0 ? 1 : MostArcs];
        while (true)
        {
            var arcs = ArcsAt(profile, policy, at, room, out var basis, out var until);
            var opens = FirstInAll(arcs, at, until);
            if (opens >= until)
            {
                at = until;
                continue;
            }

            var closes = FirstEnd(arcs, opens);
            if (closes >= until)
                closes = EndBeyond(profile, policy, until, room);
            if (opens < closes - Instants.Margin)
                return new Awake(basis, opens, closes);
            at = closes;
        }
    }

    /// <summary>The end of a window that lasts at least until the clocks change.</summary>
    private static long EndBeyond(Profile profile, Policy policy, long at, Span<Arc> room)
    {
        while (true)
        {
            var arcs = ArcsAt(profile, policy, at, room, out _, out var until);
            if (FirstInAll(arcs, at, until) != at)
                return at;
            var closes = FirstEnd(arcs, at);
            if (closes < until)
                return closes;
            at = until;
        }
    }

    private static long FirstEnd(ReadOnlySpan<Arc> arcs, long at)
    {
        var end = Instants.Never;
        foreach (var arc in arcs)
            end = Math.Min(end, at + arc.Length - arc.Position(at));
        return end;
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
        var count = AddAll(profile, policy, ownWindow: true, at, room, out basis, ref until);
        if (count == 1 || Common(room[..count]) >= LeastCommon)
            return room[..count];

        count = AddAll(profile, policy, ownWindow: false, at, room, out _, ref until);
        if (Common(room[..count]) >= LeastCommon)
        {
            basis = Detail.DefaultWindow;
            return room[..count];
        }

        basis = Detail.FallbackZone;
        count = Add(policy.FallbackClock, policy.Awake, at, room, 0, ref until);
        return room[..count];
    }

    private static int AddAll(Profile profile, Policy policy, bool ownWindow, long at, Span<Arc> room, out Detail basis, ref long until)
    {
        basis = BasisOf(profile.Place);
        var count = Add(profile.Place, policy, ownWindow, at, room, 0, ref until);
        foreach (var place in profile.OtherPlaces)
        {
            basis = (Detail)Math.Max((byte)basis, (byte)BasisOf(place));
            count = Add(place, policy, ownWindow, at, room, count, ref until);
        }

        return count;
    }

    /// <summary>A place that nobody set has no clock either.</summary>
    private static Detail BasisOf(in Place place) => place.Clock is null ? Detail.FallbackZone : place.Basis;

    private static int Add(in Place place, Policy policy, bool ownWindow, long at, Span<Arc> room, int count, ref long until) =>
        Add(place.Clock ?? policy.FallbackClock, ownWindow && place.Awake is { } own ? own : policy.Awake, at, room, count, ref until);

    private static int Add(LocalClock clock, AwakeWindow window, long at, Span<Arc> room, int count, ref long until)
    {
        var offsets = clock.OffsetsAt(at, out var end);
        until = Math.Min(until, end);
        foreach (var offset in offsets)
        {
            var arc = new Arc(window.Opens * Instants.Minute - offset, window.Minutes * Instants.Minute);
            if (room[..count].Contains(arc))
                continue;
            if (count < room.Length)
                room[count++] = arc;
            else
                room[0] = default; // more arcs than there is room for have no hour in common; an arc without length says so
        }

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
                var position = arcs[j].Position(arcs[i].Start);
                stretch = position == 0 && j < i ? 0 : Math.Min(stretch, arcs[j].Length - position);
            }

            common += Math.Max(0, stretch);
        }

        return common;
    }

    /// <summary>An awake window on the circle of the UTC day; the start may lie in any day.</summary>
    private readonly record struct Arc(long Start, long Length)
    {
        public long Position(long at)
        {
            var rest = (at - Start) % Instants.Day;
            return rest < 0 ? rest + Instants.Day : rest;
        }
    }
}
