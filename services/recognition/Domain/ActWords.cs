namespace Loyalty.Recognitions.Domain;

/// <summary>What we thank for, in the words of the mailing ("Thank you for ...").</summary>
internal static class ActWords
{
    /// <param name="kind">The number of the interaction's kind in the contract.</param>
    public static string Of(int kind) => kind switch
    {
        7 => "recommending us",
        8 => "helping a newcomer",
        9 => "standing up for us",
        _ => "what you did for us", // a kind that is younger than this release
    };
}
