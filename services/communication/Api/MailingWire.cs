using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;
using WireChannel = Loyalty.Customers.V1.Channel;

namespace Loyalty.Communications.Api;

/// <summary>A mailing as the contract shows it.</summary>
internal static class MailingWire
{
    /// <param name="view">What is known of it.</param>
    /// <param name="withoutId">Nothing was accepted, so there is nothing to ask for later.</param>
    public static V1.Mailing Of(MailingView view, bool withoutId = false)
    {
        var row = view.Mailing;
        var mailing = new V1.Mailing
        {
            MailingId = withoutId ? "" : row.MailingId.ToString("D"),
            CustomerId = row.Direct ? "" : row.CustomerId.ToString("D"),
            Template = row.Template,
            TemplateVersion = row.TemplateVersion,
            Class = (V1.MailingClass)row.Class,
            Intent = (V1.MailingIntent)row.Intent,
            Kind = (V1.MailingKind)row.Kind,
            Channel = (WireChannel)row.Channel,
            State = (V1.MailingState)view.State,
            Priority = row.Priority,
            ExpiresAt = At(row.ExpiresAt),
            CollapseKey = row.CollapseKey ?? "",
            CampaignId = row.CampaignId ?? "",
            Sender = row.Sender,
            AcceptedAt = At(row.AcceptedAt),
            ChangedAt = At(view.ChangedAt),
            EndReason = view.EndReason ?? "",
        };
        if (row.NotBefore > 0)
            mailing.NotBefore = At(row.NotBefore);
        if (view.NextLookAt is { } nextLookAt)
            mailing.NextLookAt = At(nextLookAt);
        if (view.Explanation is { } explanation)
            mailing.Decision = DecisionWire.Of(ExplanationCodec.Unpack(explanation));
        return mailing;
    }

    private static Timestamp At(long instant) => Instant.From(instant).ToTimestamp();
}
