using Loyalty.Communications.Throttling;
using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class ZoneTests
{
    private static readonly Instant From = Instant.FromUtc(2026, 1, 1, 0, 0);
    private static readonly Instant To = Instant.FromUtc(2029, 1, 1, 0, 0);

    private static readonly AwakeWindow?[] Windows =
        [null, new AwakeWindow(20 * 60, 2 * 60 + 30), new AwakeWindow(2 * 60 + 15, 5 * 60), new AwakeWindow(0, 23 * 60 + 59), new AwakeWindow(22 * 60, 24 * 60)];

    [Fact]
    public void In_every_zone_around_every_change_of_the_clocks_windows_open_to_the_second_and_the_night_holds()
    {
        var changes = 0;
        foreach (var zone in DateTimeZoneProviders.Tzdb.Ids.Select(id => DateTimeZoneProviders.Tzdb[id]))
        {
            foreach (var interval in zone.GetZoneIntervals(From, To).Where(interval => interval.HasStart && interval.Start > From))
            {
                changes++;
                foreach (var window in Windows)
                    CheckAround(zone.Id, window, interval.Start.ToUnixTimeTicks() / 10);
            }
        }

        changes.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Every_zone_opens_at_nine_somewhere_in_the_day_also_without_changes()
    {
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids)
            CheckAround(id, null, Some.Noon);
    }

    [Fact]
    public void In_every_country_a_mailing_without_a_zone_goes_only_while_all_zones_are_awake()
    {
        var seen = new Dictionary<Detail, int>();
        foreach (var country in TzdbDateTimeZoneSource.Default.ZoneLocations!.GroupBy(location => location.CountryCode, StringComparer.Ordinal))
        {
            var zones = country.Select(location => DateTimeZoneProviders.Tzdb[location.ZoneId]).ToArray();
            var person = new Profile { Place = new Place(null, country.Key, null) };
            for (var at = Some.Noon; at < Some.Noon + 400 * Instants.Day; at += 7 * Instants.Day + 5 * Instants.Hour + 11 * Instants.Minute)
            {
                var awake = AwakeHours.At(person, Some.Policy, at);
                seen[awake.Basis] = seen.GetValueOrDefault(awake.Basis) + 1;
                if (awake.Basis == Detail.FallbackZone)
                    continue;
                awake.Basis.ShouldBe(Detail.CountryZones);
                Array.TrueForAll(zones, zone => MayGo(zone, null, awake.OpensAt)).ShouldBeTrue();
                Array.TrueForAll(zones, zone => IsAwake(zone, null, awake.ClosesAt - 1)).ShouldBeTrue();
                Array.TrueForAll(zones, zone => IsAwake(zone, null, awake.ClosesAt)).ShouldBeFalse();
                for (var before = at; before < awake.OpensAt; before += 10 * Instants.Minute)
                    Array.TrueForAll(zones, zone => MayGo(zone, null, before)).ShouldBeFalse();
            }
        }

        seen[Detail.CountryZones].ShouldBeGreaterThan(200);
        seen[Detail.FallbackZone].ShouldBeGreaterThan(0);
    }

    private static void CheckAround(string id, AwakeWindow? window, long change)
    {
        var zone = DateTimeZoneProviders.Tzdb[id];
        var person = new Profile { Place = new Place(id, null, window) };
        const long Step = 13 * Instants.Minute + 7 * Instants.Second;
        var nextOpening = long.MinValue;
        for (var at = change - 26 * Instants.Hour; at < change + 26 * Instants.Hour; at += Step)
        {
            // A wait found earlier is a promise about the instants passed since.
            if (at < nextOpening)
            {
                MayGo(zone, window, at).ShouldBeFalse($"{id} {window} {Some.ToInstant(at)}");
                continue;
            }

            var awake = AwakeHours.At(person, Some.Policy, at);
            (awake.OpensAt == at).ShouldBe(MayGo(zone, window, at), $"{id} {window} {Some.ToInstant(at)}");
            if (awake.OpensAt == at)
                continue;
            nextOpening = awake.OpensAt;
            MayGo(zone, window, awake.OpensAt).ShouldBeTrue($"{id} {window} opens {Some.ToInstant(awake.OpensAt)}");
            MayGo(zone, window, awake.OpensAt - Instants.Second).ShouldBeFalse($"{id} {window} opens {Some.ToInstant(awake.OpensAt)}");
            IsAwake(zone, window, awake.ClosesAt - 1).ShouldBeTrue();
            IsAwake(zone, window, awake.ClosesAt).ShouldBeFalse();
        }
    }

    private static bool MayGo(DateTimeZone zone, AwakeWindow? window, long at) =>
        IsAwake(zone, window, at) && IsAwake(zone, window, at + Instants.Minute);

    private static bool IsAwake(DateTimeZone zone, AwakeWindow? own, long at)
    {
        var window = own ?? Some.Policy.Awake;
        var local = Some.ToInstant(at).InZone(zone).TimeOfDay;
        var minute = local.Hour * 60 + local.Minute;
        return window.Opens < window.Closes
            ? minute >= window.Opens && minute < window.Closes
            : minute >= window.Opens || minute < window.Closes;
    }
}
