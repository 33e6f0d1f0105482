namespace Loyalty.Communications.Throttling;

/// <summary>
/// The state of one person as the rules read it: profile and packed ledger. A merged customer is one recipient too, united from its
/// parts before the gate is asked, so that no rule knows of parts and the common case of one part costs nothing.
/// </summary>
internal sealed class Recipient(Profile profile, ReadOnlyMemory<byte> ledger)
{
    public Profile Profile { get; } = profile;

    public ReadOnlyMemory<byte> Ledger { get; } = ledger;

    /// <summary>An id of which nothing is known.</summary>
    public static Recipient Unknown { get; } = new(Profile.Unknown, default);

    /// <summary>One recipient from the parts of a merged customer: windows united, sums added, the strictest of everything else.</summary>
    /// <exception cref="ArgumentException">No parts.</exception>
    public static Recipient Unite(ReadOnlySpan<Recipient> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("a person has at least one part", nameof(parts));
        if (parts.Length == 1)
            return parts[0];
        var profile = parts[0].Profile;
        var ledger = new LedgerWriter().Load(parts[0].Ledger.Span);
        foreach (var part in parts[1..])
        {
            profile = Strictest.Of(profile, part.Profile);
            ledger.Unite(part.Ledger.Span);
        }

        return new Recipient(profile, ledger.Pack());
    }
}
