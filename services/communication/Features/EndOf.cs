using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>How a mailing ends that the gate declines.</summary>
internal static class EndOf
{
    public static MailingState State(DeclineReason reason) => reason == DeclineReason.Expired ? MailingState.Expired : MailingState.Declined;

    /// <summary>In the words of the contract.</summary>
    public static string Reason(DeclineReason reason) => reason switch
    {
        DeclineReason.UnknownCustomer => "UNKNOWN_CUSTOMER",
        DeclineReason.Erased => "ERASED",
        DeclineReason.NoAddress => "NO_ADDRESS",
        DeclineReason.AddressDead => "ADDRESS_DEAD",
        DeclineReason.NoConsent => "NO_CONSENT",
        DeclineReason.ExpiresFirst => "EXPIRES_FIRST",
        DeclineReason.Expired => "EXPIRED",
        _ => "",
    };
}
