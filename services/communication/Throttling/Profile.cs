namespace Loyalty.Communications.Throttling;

/// <summary>State of the address on one channel.</summary>
internal enum AddressHealth : byte
{
    None = 0,
    Ok = 1,
    Soft = 2,
    Dead = 3,
}

/// <summary>Health of the person's addresses, one per channel.</summary>
internal readonly record struct Addresses(
    AddressHealth Email = AddressHealth.None,
    AddressHealth Sms = AddressHealth.None,
    AddressHealth Push = AddressHealth.None,
    AddressHealth Messenger = AddressHealth.None)
{
    public AddressHealth On(Channel channel) => channel switch
    {
        Channel.Email => Email,
        Channel.Sms => Sms,
        Channel.Push => Push,
        Channel.Messenger => Messenger,
        _ => AddressHealth.None,
    };
}

/// <summary>The latest giving and the latest withdrawal of one consent; 0 for "never". A tie is a withdrawal.</summary>
internal readonly record struct Consent(string Purpose, Channel Channel, long GivenAt, long WithdrawnAt)
{
    public bool Holds => GivenAt > WithdrawnAt;
}

/// <summary>How often the person wishes to hear from us.</summary>
internal enum FrequencyWish : byte
{
    Normal = 0,
    Less = 1,
    Rarely = 2,
}

/// <summary>Where the person is, as far as known, and when they are awake there; no window means the policy's default.</summary>
/// <param name="Zone">IANA id; one that the database does not know counts as none.</param>
/// <param name="Country">ISO 3166 code of two letters; counts only without a zone.</param>
internal readonly record struct Place(string? Zone, string? Country, AwakeWindow? Awake)
{
    /// <summary>The local time that counts; none where neither zone nor country is known.</summary>
    public LocalClock? Clock { get; } = Zones.Find(Zone) ?? Zones.FindCountry(Country);

    /// <summary>Whose local time that is: of the own zone, of all zones of the country, or none but the fallback's.</summary>
    public Detail Basis { get; } = Zones.Find(Zone) is not null ? Detail.OwnZone
        : Zones.FindCountry(Country) is not null ? Detail.CountryZones : Detail.FallbackZone;
}

/// <summary>What the rules read of a person. Immutable; instants are microseconds UTC.</summary>
internal sealed record Profile
{
    /// <summary>A customer id of which nothing has been told yet.</summary>
    public static Profile Unknown { get; } = new() { Known = false };

    public bool Known { get; init; } = true;
    public bool Erased { get; init; }
    public Addresses Addresses { get; init; }
    public Consent[] Consents { get; init; } = [];
    public Place Place { get; init; }

    /// <summary>The places of the other parts of a merged customer: all of them must be awake.</summary>
    public Place[] OtherPlaces { get; init; } = [];

    public FrequencyWish Wish { get; init; }

    /// <summary>0 where there is no pause.</summary>
    public long PausedUntil { get; init; }

    /// <summary>1..8; 0 where no stage has been told.</summary>
    public byte Stage { get; init; }

    /// <summary>Open complaints and questions.</summary>
    public int OpenCases { get; init; }

    /// <summary>When the last complaint or question closed; 0 for never.</summary>
    public long LastCaseClosedAt { get; init; }

    /// <summary>An event about this person is parked or failed, so the profile may be out of date.</summary>
    public bool EventParked { get; init; }
}
