namespace Loyalty.Communications.Throttling;

/// <summary>The decision: pure, allocation-free, time passed in.</summary>
internal static class Gate
{
    /// <summary>Decides one mailing, standing in the line of those that wait (which may hold it already; any order).</summary>
    public static void Decide(Recipient recipient, Mailing mailing, ReadOnlySpan<Mailing> waiting, in Visit visit, out Decision decision) =>
        throw new NotSupportedException();

    /// <summary>
    /// Decides all that wait, in one visit. <paramref name="line"/> must stand in line order (<see cref="Line.Sort"/>);
    /// <paramref name="decisions"/> gets one decision for each, at the same index. All Sends among them hold together.
    /// </summary>
    public static void DecideLine(Recipient recipient, ReadOnlySpan<Mailing> line, in Visit visit, Span<Decision> decisions) =>
        throw new NotSupportedException();
}
