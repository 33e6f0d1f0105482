using System.Globalization;
using Loyalty.Communications.Storage;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>What a person asked for has changed: the whole of it is said, and taken if it is newer.</summary>
internal sealed class HearPreferencesChanged(ChangeProfile change) : IHandle<PreferencesChanged>
{
    public async Task HandleAsync(PreferencesChanged message, Inbox inbox, CancellationToken cancellationToken) =>
        await inbox.OnceAsync(tx => change.RunAsync(tx, Guid.Parse(message.CustomerId), profile => Take(profile, message)), cancellationToken);

    private static bool Take(StoredProfile profile, PreferencesChanged message)
    {
        if (message.Revision <= profile.PreferencesRevision)
            return false;
        var said = message.Preferences;
        profile.PreferencesRevision = message.Revision;
        profile.TimeZone = said.TimeZone;
        profile.Country = said.Country;
        profile.Locale = said.Locale;
        profile.Awake = said.AwakeWindow is { } window ? new StoredWindow { From = Minutes(window.From), Until = Minutes(window.Until) } : null;
        profile.FrequencyWish = (int)said.FrequencyWish;
        profile.PausedUntil = said.PausedUntil is { } paused ? Instant.Of(paused.ToDateTimeOffset()) : 0;
        return true;
    }

    private static int Minutes(string time) => (int)TimeOnly.ParseExact(time, "HH:mm", CultureInfo.InvariantCulture).ToTimeSpan().TotalMinutes;
}
