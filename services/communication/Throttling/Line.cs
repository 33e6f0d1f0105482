namespace Loyalty.Communications.Throttling;

/// <summary>Who stands before whom: class, then priority, then age, then id.</summary>
internal static class Line
{
    public static int Compare(Mailing left, Mailing right)
    {
        if (left.Class != right.Class)
            return (int)left.Class - (int)right.Class; // CompareTo of an enum would box both
        if (left.Priority != right.Priority)
            return right.Priority.CompareTo(left.Priority);
        var byAge = left.AcceptedAt.CompareTo(right.AcceptedAt);
        return byAge != 0 ? byAge : left.Id.CompareTo(right.Id);
    }

    /// <summary>Puts the mailings into line order, in place.</summary>
    public static void Sort(Span<Mailing> mailings) => mailings.Sort(Compare);
}
