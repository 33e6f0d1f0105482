namespace Loyalty.Communications.Throttling;

/// <summary>What kind of mailing this is; decides which rules it meets. The numbers are stored.</summary>
internal enum MailingClass : byte
{
    Transactional = 1,
    Service = 2,
    Relationship = 3,
    Promotion = 4,
}

/// <summary>What the mailing wants from the person. The numbers are stored.</summary>
internal enum Intent : byte
{
    Give = 1,
    Inform = 2,
    Offer = 3,
    Ask = 4,
}

/// <summary>The kind of ask or give, where the rules tell them apart. The numbers are stored.</summary>
internal enum MailingKind : byte
{
    Plain = 0,
    Opinion = 1,
    Review = 2,
    Referral = 3,
    Thanks = 4,
    Praise = 5,
    Gift = 6,
    Surprise = 7,
    Apology = 8,
}

/// <summary>How a mailing reaches the person; never "best", which is settled before the gate is asked. The numbers are stored.</summary>
internal enum Channel : byte
{
    Email = 1,
    Sms = 2,
    Push = 3,
    Messenger = 4,
}

/// <summary>The purposes that the classes themselves need consent for; templates may name narrower ones.</summary>
internal static class Purposes
{
    public const string Marketing = "marketing";
    public const string Relationship = "relationship";
}

/// <summary>One mailing as the rules see it. Instants are microseconds UTC.</summary>
internal sealed record Mailing
{
    public required Guid Id { get; init; }
    public required MailingClass Class { get; init; }
    public required Intent Intent { get; init; }
    public required Channel Channel { get; init; }

    /// <summary>When it was accepted; a collapsing mailing inherits the age of the one it replaces.</summary>
    public required long AcceptedAt { get; init; }

    /// <summary>From this instant on it may no longer be sent.</summary>
    public required long ExpiresAt { get; init; }

    public MailingKind Kind { get; init; }

    /// <summary>The purpose that needs consent; none means the purpose of the class.</summary>
    public string? Purpose { get; init; }

    /// <summary>Higher goes first within a class.</summary>
    public int Priority { get; init; }

    /// <summary>Not sent before this instant; 0 where the sender does not mind.</summary>
    public long NotBefore { get; init; }

    /// <summary>Not tried again before this instant after a temporary refusal (4yz); meanwhile it reserves nothing. 0 for none.</summary>
    public long BackoffUntil { get; init; }

    /// <summary>The release instant that its last deferral named; 0 where it was never deferred. Keeps the spread from starting anew.</summary>
    public long ReleaseAt { get; init; }

    /// <summary>A SERVICE mailing whose template may disturb the night.</summary>
    public bool Urgent { get; init; }

    /// <summary>A TRANSACTIONAL mailing that carries its own address and needs no profile.</summary>
    public bool Direct { get; init; }

    /// <summary>The stage its template asks for, 0 where only the class and kind do.</summary>
    public byte RequiredStage { get; init; }

    /// <summary>Fingerprint of its text; none where sameness does not matter.</summary>
    public Fingerprint Fingerprint { get; init; }

    /// <summary>Rules lifted under a recorded override; only those that may be lifted count.</summary>
    public RuleSet Lifted { get; init; }

    public string ConsentPurpose => Purpose ?? (Class == MailingClass.Promotion ? Purposes.Marketing : Purposes.Relationship);
}
