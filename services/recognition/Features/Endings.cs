using Loyalty.Communications.V1;
using Loyalty.Recognitions.Domain;

namespace Loyalty.Recognitions.Features;

/// <summary>What the end of a mailing means for the recognition that it carries.</summary>
internal static class Endings
{
    /// <summary>DELIVERED, UNDELIVERED, or null while the mailing is under way. UNKNOWN counts as undelivered until we hear better.</summary>
    public static RecognitionState? Of(MailingState state) => state switch
    {
        MailingState.Sent => RecognitionState.Delivered,
        MailingState.Failed or MailingState.Unknown or MailingState.Declined or MailingState.Cancelled or MailingState.Expired
            => RecognitionState.Undelivered,
        _ => null,
    };
}
