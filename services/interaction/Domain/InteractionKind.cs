namespace Loyalty.Interactions.Domain;

/// <summary>What happened; the numbers are those of the contract.</summary>
internal enum InteractionKind
{
    Purchase = 1,
    Return = 2,
    Visit = 3,
    Enquiry = 4,
    Praise = 5,
    Review = 6,
    Recommendation = 7,
    HelpedNewcomer = 8,
    DefendedUs = 9,
}

internal static class HiddenActs
{
    /// <summary>Loyalty that nobody pays for.</summary>
    public static bool IsHiddenAct(this InteractionKind kind) =>
        kind is InteractionKind.Recommendation or InteractionKind.HelpedNewcomer or InteractionKind.DefendedUs;
}
