using Google.Protobuf;
using Loyalty.Communications.Throttling;
using CustomerPurpose = Loyalty.Customers.V1.Purpose;
using CustomerWish = Loyalty.Customers.V1.FrequencyWish;

namespace Loyalty.Communications.Storage;

/// <summary>The stored profile and how the rules read it.</summary>
internal static class ProfileDocument
{
    public static StoredProfile Read(byte[]? stored) => stored is null ? new StoredProfile() : StoredProfile.Parser.ParseFrom(stored);

    public static byte[] Write(StoredProfile profile) => profile.ToByteArray();

    /// <param name="stored">Null for an id of which nothing was heard.</param>
    /// <param name="eventParked">An event about this person is parked or failed.</param>
    public static Profile ForTheGate(byte[]? stored, bool eventParked) => stored is null
        ? Profile.Unknown with { EventParked = eventParked }
        : ForTheGate(StoredProfile.Parser.ParseFrom(stored), eventParked);

    public static Profile ForTheGate(StoredProfile stored, bool eventParked) => new()
    {
        // Both are said at registration, in any order: without the second neither zone nor wish would be known.
        Known = stored.RegisteredRevision > 0 && stored.PreferencesRevision > 0,
        Erased = stored.Erased,
        Addresses = AddressesOf(stored),
        Consents = [.. stored.Consents.Select(c => new Consent(PurposeOf(c.Purpose), (Channel)c.Channel, c.GivenAt, c.WithdrawnAt))],
        Place = new Place(
            NoneIfEmpty(stored.TimeZone), NoneIfEmpty(stored.Country), stored.Awake is { } awake ? new AwakeWindow(awake.From, awake.Until) : null),
        Wish = (CustomerWish)stored.FrequencyWish switch
        {
            CustomerWish.Less => FrequencyWish.Less,
            CustomerWish.Rarely => FrequencyWish.Rarely,
            _ => FrequencyWish.Normal,
        },
        PausedUntil = stored.PausedUntil,
        EventParked = eventParked,
    };

    /// <summary>A person of whom nothing is known but one address.</summary>
    public static Profile Direct(Channel channel) => new() { Addresses = On(channel, AddressHealth.Ok, default) };

    private static Addresses AddressesOf(StoredProfile stored)
    {
        var addresses = default(Addresses);
        foreach (var address in stored.Addresses)
            addresses = On((Channel)address.Channel, address.Dead ? AddressHealth.Dead : AddressHealth.Ok, addresses);
        return addresses;
    }

    private static Addresses On(Channel channel, AddressHealth health, Addresses others) => channel switch
    {
        Channel.Email => others with { Email = health },
        Channel.Sms => others with { Sms = health },
        Channel.Push => others with { Push = health },
        Channel.Messenger => others with { Messenger = health },
        _ => others,
    };

    private static string PurposeOf(int purpose) => (CustomerPurpose)purpose == CustomerPurpose.Marketing ? Purposes.Marketing : Purposes.Relationship;

    private static string? NoneIfEmpty(string text) => text.Length == 0 ? null : text;
}
