namespace Loyalty.Communications.Throttling;

/// <summary>How a person took a mailing; a lower rank never replaces a higher one. The numbers are stored.</summary>
internal enum Response : byte
{
    Unknown = 0,
    DeletedUnread = 1,
    Opened = 2,
    ClickedOrReplied = 3,
}

/// <summary>One send as the ledger remembers it, or as the plan foresees it.</summary>
internal readonly record struct Send
{
    public required Guid MailingId { get; init; }
    public required long At { get; init; }
    public required Channel Channel { get; init; }
    public required MailingClass Class { get; init; }
    public required Intent Intent { get; init; }
    public MailingKind Kind { get; init; }

    /// <summary>Weight w in thousandths.</summary>
    public ushort Weight { get; init; }

    /// <summary>Factor r in thousandths; falls or rises with the response.</summary>
    public ushort Factor { get; init; }

    public Response Response { get; init; }
    public Fingerprint Fingerprint { get; init; }

    /// <summary>
    /// Entered in a part of a merged customer whose own mailing it was not: counts in windows, its sums live in the other part.
    /// </summary>
    public bool Mirrored { get; init; }

    /// <summary>w · r, as entered in the pressure of its channel.</summary>
    public double Burden => Weight * 1e-3 * (Factor * 1e-3);

    /// <summary>What sending a mailing at an instant enters.</summary>
    public static Send Of(Mailing mailing, long at) => new()
    {
        MailingId = mailing.Id,
        At = at,
        Channel = mailing.Channel,
        Class = mailing.Class,
        Intent = mailing.Intent,
        Kind = mailing.Kind,
        Weight = Burdens.Weight(mailing.Class, mailing.Intent),
        Factor = Burdens.Factor(mailing.Channel, Response.Unknown),
        Fingerprint = mailing.Fingerprint,
    };
}
