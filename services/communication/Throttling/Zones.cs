using System.Collections.Frozen;
using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Communications.Throttling;

/// <summary>The zones of the IANA database that NodaTime carries, by id and by country.</summary>
internal static class Zones
{
    private static readonly FrozenDictionary<string, LocalClock> ById = TzdbDateTimeZoneSource.Default.GetIds()
        .ToFrozenDictionary(id => id, id => new LocalClock(DateTimeZoneProviders.Tzdb[id]), StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, LocalClock> ByCountry = TzdbDateTimeZoneSource.Default.ZoneLocations!
        .GroupBy(location => location.CountryCode, StringComparer.OrdinalIgnoreCase) // the database is built in: its locations are there
        .ToFrozenDictionary(
            group => group.Key,
            group => new LocalClock([.. group.Select(location => DateTimeZoneProviders.Tzdb[location.ZoneId])]),
            StringComparer.OrdinalIgnoreCase);

    /// <summary>The zone with an IANA id, or null.</summary>
    public static LocalClock? Find(string? id) => id is not null && ById.TryGetValue(id, out var clock) ? clock : null;

    /// <summary>All zones of a country by its ISO 3166 code of two letters, or null where the code is unknown.</summary>
    public static LocalClock? FindCountry(string? code) => code is not null && ByCountry.TryGetValue(code, out var clock) ? clock : null;
}
