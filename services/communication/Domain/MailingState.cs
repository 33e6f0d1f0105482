namespace Loyalty.Communications.Domain;

/// <summary>Where a mailing stands; exactly one at any moment. The numbers are stored and are those of the contract.</summary>
internal enum MailingState : short
{
    Waiting = 1,
    Committed = 2,
    Handed = 3,
    Sent = 4,
    Failed = 5,
    Unknown = 6,
    Declined = 7,
    Cancelled = 8,
    Expired = 9,
}

/// <summary>Why a mailing ended, where the state does not say it; part of the contract.</summary>
internal static class EndReasons
{
    public const string Collapsed = "COLLAPSED";
    public const string BySender = "BY_SENDER";

    /// <summary>The provider fell silent after it had the whole message.</summary>
    public const string ProviderSilent = "PROVIDER_SILENT";

    /// <summary>Nobody knows: HANDED for longer than a provider may take.</summary>
    public const string OutcomeLost = "OUTCOME_LOST";

    /// <summary>The provider refused it for good.</summary>
    public const string ProviderRefused = "PROVIDER_REFUSED";
}
