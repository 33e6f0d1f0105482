using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;

namespace Loyalty.Customers.Features;

/// <summary>What the domain's words are called in the contract.</summary>
internal static class Wire
{
    public static V1.Identifier ToWire(this Identifier identifier) => new()
    {
        Kind = (V1.IdentifierKind)identifier.Kind,
        Value = identifier.Value,
        System = identifier.System,
    };

    public static V1.Preferences ToWire(this Preferences preferences) => new()
    {
        TimeZone = preferences.TimeZone,
        Country = preferences.Country,
        Locale = preferences.Locale,
        AwakeWindow = preferences.Window is { } window ? new V1.AwakeWindow { From = window.FromText, Until = window.UntilText } : null,
        FrequencyWish = (V1.FrequencyWish)preferences.Wish,
        PausedUntil = preferences.PausedUntil?.ToTimestamp(),
    };

    public static V1.Consent ToWire(this ConsentRow row) => new()
    {
        Purpose = (V1.Purpose)row.Purpose,
        Channel = (V1.Channel)row.Channel,
        GivenAt = row.GivenAt?.ToTimestamp(),
        WithdrawnAt = row.WithdrawnAt?.ToTimestamp(),
        Holds = row.Consent.Holds,
    };

    /// <summary>The channel that an identifier makes reachable; null when it is no address.</summary>
    public static V1.Channel? ChannelOf(IdentifierKind kind) => kind switch
    {
        IdentifierKind.Email => V1.Channel.Email,
        IdentifierKind.Phone => V1.Channel.Sms,
        _ => null,
    };
}
