namespace Loyalty.TestKit;

internal static class TestNames
{
    // Letters, digits and underscores, in lower case, at most 48 long; the random end keeps runs apart that share an offered server.
    public static string Unique(string name)
    {
        var plain = string.Concat(name.Where(char.IsAsciiLetterOrDigit).Take(38)).ToLowerInvariant();
        return $"t{plain}_{Random.Shared.Next(0x1000000):x6}";
    }
}
