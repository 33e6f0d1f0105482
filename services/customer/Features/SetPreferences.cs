using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Changes the fields of a person's preferences that the mask names; what is the same already changes nothing.</summary>
internal sealed class SetPreferences(Database database, LookupHash hashes)
{
    private const string Method = "SetPreferences";
    private static readonly string[] Paths = ["time_zone", "country", "locale", "awake_window", "frequency_wish", "paused_until"];
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(5 * 366);

    public async Task<V1.SetPreferencesResponse> HandleAsync(V1.SetPreferencesRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var customerId = CheckMask(request);
        return await database.WriteAsync(
            async tx =>
            {
                var customer = await CustomerRow.LockAsync(tx, customerId);
                var now = await tx.NowAsync();
                var change = CheckValues(request, now);
                if (await RequestIds.FirstAsync(tx, hashes, caller.Subject, Method, request.RequestId, request, now) is not null)
                    return Answer(customer.Preferences, customer.PreferencesRevision);
                if (request.Etag.Length > 0 && request.Etag != PersonReader.Etag(customer.PreferencesRevision))
                    throw new Refusal(RefusalKind.Aborted, "ETAG_MISMATCH", "The preferences changed since they were read: read them again.");

                var preferences = change(customer.Preferences);
                var revision = customer.PreferencesRevision;
                if (preferences != customer.Preferences)
                    await SaveAsync(tx, customerId, preferences, ++revision);
                await RequestIds.KeepAsync(tx, caller.Subject, Method, request.RequestId, customerId);
                return Answer(preferences, revision);
            },
            cancellationToken);
    }

    private static Guid CheckMask(V1.SetPreferencesRequest request)
    {
        var check = new InputCheck();
        check.Length("request_id", request.RequestId, 1, 64);
        var customerId = check.Id("customer_id", request.CustomerId);
        check.Length("etag", request.Etag, 0, 64);
        if (request.Preferences is null)
            check.Violation("preferences", "is required");
        if (request.UpdateMask is null || request.UpdateMask.Paths.Count is 0 || request.UpdateMask.Paths.Except(Paths, StringComparer.Ordinal).Any())
            check.Violation("update_mask", $"must name at least one of {string.Join(", ", Paths)}, and nothing else");
        check.ThrowIfAny();
        return customerId;
    }

    private static Func<Preferences, Preferences> CheckValues(V1.SetPreferencesRequest request, DateTimeOffset now)
    {
        var check = new InputCheck();
        var given = request.Preferences;
        var mask = request.UpdateMask.Paths.ToHashSet(StringComparer.Ordinal);
        AwakeWindow? window = null;
        DateTimeOffset? pausedUntil = null;
        if (mask.Contains("time_zone"))
            check.OptionalZone("preferences.time_zone", given.TimeZone);
        if (mask.Contains("country"))
            check.OptionalCountry("preferences.country", given.Country);
        if (mask.Contains("locale"))
            check.OptionalLocale("preferences.locale", given.Locale);
        if (mask.Contains("frequency_wish"))
            check.Enum("preferences.frequency_wish", given.FrequencyWish);
        if (mask.Contains("paused_until") && given.PausedUntil is not null)
            pausedUntil = check.Timestamp("preferences.paused_until", given.PausedUntil, DateTimeOffset.UnixEpoch, now + LongestPause);
        if (mask.Contains("awake_window") && given.AwakeWindow is { } hours
            && !AwakeWindow.TryRead(hours.From, hours.Until, out window, out var field, out var problem))
            check.Violation($"preferences.awake_window.{field}", problem);
        check.ThrowIfAny();

        return before => new Preferences(
            mask.Contains("time_zone") ? given.TimeZone : before.TimeZone,
            mask.Contains("country") ? given.Country : before.Country,
            mask.Contains("locale") ? given.Locale : before.Locale,
            mask.Contains("awake_window") ? window : before.Window,
            mask.Contains("frequency_wish") ? (FrequencyWish)given.FrequencyWish : before.Wish,
            mask.Contains("paused_until") ? pausedUntil : before.PausedUntil);
    }

    private static async Task SaveAsync(Transaction tx, Guid customerId, Preferences preferences, long revision)
    {
        await tx.ExecuteAsync(
            """
            UPDATE customers SET
              revision = revision + 1, preferences_revision = @revision,
              time_zone = @TimeZone, country = @Country, locale = @Locale,
              awake_from = @from, awake_until = @until, frequency_wish = @wish, paused_until = @PausedUntil
            WHERE customer_id = @customerId
            """,
            new
            {
                customerId,
                revision,
                preferences.TimeZone,
                preferences.Country,
                preferences.Locale,
                from = preferences.Window?.From,
                until = preferences.Window?.Until,
                wish = (int)preferences.Wish,
                preferences.PausedUntil,
            });
        tx.Say(new V1.PreferencesChanged { CustomerId = customerId.ToString(), Revision = revision, Preferences = preferences.ToWire() });
    }

    private static V1.SetPreferencesResponse Answer(Preferences preferences, long revision) =>
        new() { Preferences = preferences.ToWire(), Etag = PersonReader.Etag(revision) };
}
