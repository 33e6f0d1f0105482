namespace Loyalty.Customers.Domain;

/// <summary>How often a person wants to hear from us; the numbers are those of the contract.</summary>
internal enum FrequencyWish
{
    Normal = 1,
    Less = 2,
    Rarely = 3,
}

/// <summary>What a person asked for. Empty text: unknown. No window: the policy's. No pause: null.</summary>
internal sealed record Preferences(
    string TimeZone, string Country, string Locale, AwakeWindow? Window, FrequencyWish Wish, DateTimeOffset? PausedUntil)
{
    public static Preferences OfNewcomer(string timeZone, string country, string locale) =>
        new(timeZone, country, locale, null, FrequencyWish.Normal, null);
}
