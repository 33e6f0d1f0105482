using System.Collections.Frozen;
using System.Text.RegularExpressions;
using NodaTime.TimeZones;

namespace Loyalty.Customers.Domain;

/// <summary>Zones, countries and languages that may stand in a person's preferences.</summary>
/// <remarks>Countries are those of the tz database: the gate needs the zones of a country, so one without any would be of no use.</remarks>
internal static partial class Places
{
    private static readonly FrozenSet<string> Zones = TzdbDateTimeZoneSource.Default.GetIds().ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Countries = (TzdbDateTimeZoneSource.Default.ZoneLocations ?? [])
        .Select(location => location.CountryCode)
        .Append("XK") // Kosovo: in use, though not assigned by ISO
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>An id of the IANA tz database, for instance "Europe/Warsaw"; offsets such as "UTC+2" are none.</summary>
    public static bool IsZone(string id) => Zones.Contains(id);

    /// <summary>ISO 3166-1 alpha-2 in capitals.</summary>
    public static bool IsCountry(string code) => Countries.Contains(code);

    /// <summary>BCP 47: language, then perhaps script and region, for instance "pl", "pl-PL", "zh-Hant-TW", "es-419".</summary>
    public static bool IsLocale(string tag) => Locale().IsMatch(tag);

    [GeneratedRegex("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\\z", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex Locale();
}
