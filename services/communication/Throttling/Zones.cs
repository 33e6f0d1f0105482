using System.Collections.Frozen;
using NodaTime.TimeZones;

namespace Loyalty.Communications.Throttling;

/// <summary>The zones of the IANA database that NodaTime carries, by id and by country.</summary>
internal static class Zones
{
    private static readonly FrozenDictionary<string, ZoneClock> ById = TzdbDateTimeZoneSource.Default.GetIds()
        .ToFrozenDictionary(id => id, id => new ZoneClock(NodaTime.DateTimeZoneProviders.Tzdb[id]), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, ZoneClock[]> ByCountry = TzdbDateTimeZoneSource.Default.ZoneLocations!
        .GroupBy(location => location.CountryCode, StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(group => group.Key, group => group.Select(location => ById[location.ZoneId]).ToArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The zone with an IANA id, or null.</summary>
    public static ZoneClock? Find(string? id) => id is not null && ById.TryGetValue(id, out var clock) ? clock : null;

    /// <summary>All zones of a country by its ISO 3166 code of two letters; none where the code is unknown.</summary>
    public static ReadOnlySpan<ZoneClock> OfCountry(string? code) =>
        code is not null && ByCountry.TryGetValue(code, out var clocks) ? clocks : [];
}
