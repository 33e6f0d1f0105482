using System.Security.Cryptography;
using Google.Protobuf;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;
using GateChannel = Loyalty.Communications.Throttling.Channel;
using WireChannel = Loyalty.Customers.V1.Channel;

namespace Loyalty.Communications.Api;

/// <summary>Reads what a sender wants to mail.</summary>
internal static class DraftWire
{
    private const int MostVariables = 50;
    private const int LongestValue = 4000;
    private const int LongestValues = 64 * 1024;

    public static MailingDraft Read(SubmitMailingRequest request, Caller caller, DateTimeOffset now)
    {
        var check = new InputCheck();
        var requestId = check.Length("request_id", request.RequestId, 1, 64);
        var direct = request.RecipientCase == SubmitMailingRequest.RecipientOneofCase.Direct ? request.Direct : null;
        var customerId = direct is null ? check.Id("customer_id", request.CustomerId) : Guid.Empty;
        if (Domain.DirectRecipient.Is(customerId))
            check.Violation("customer_id", "is not the id of a customer");
        var latest = now + Lifetime.Longest;
        var draft = new MailingDraft
        {
            Sender = caller.Subject,
            RequestId = requestId,
            RequestHash = HashOf(request),
            CustomerId = customerId,
            Direct = direct is null ? null : new DirectTo(
                check.Length("direct.address", direct.Address, 1, 320), direct.Locale.Length == 0 ? "" : check.Locale("direct.locale", direct.Locale)),
            Template = check.Length("template", request.Template, 1, 64),
            Variables = Variables(check, request),
            Channel = direct is null ? ChannelOf(check, "channel", request.Channel) : ChannelOf(check, "direct.channel", direct.Channel),
            Priority = check.Range("priority", request.Priority, 0, 9),
            NotBefore = check.OptionalTimestamp("not_before", request.NotBefore, DateTimeOffset.UnixEpoch, latest),
            ExpiresAt = check.OptionalTimestamp("expires_at", request.ExpiresAt, DateTimeOffset.UnixEpoch, latest),
            CollapseKey = Optional(check, "collapse_key", request.CollapseKey, 128),
            CampaignId = Optional(check, "campaign_id", request.CampaignId, 64),
            ValidateOnly = request.ValidateOnly,
        };
        if (draft.ExpiresAt is { } expires && draft.NotBefore is { } notBefore && expires <= notBefore)
            check.Violation("expires_at", "must be later than not_before");
        check.ThrowIfAny();
        if (direct is not null && !caller.Has("mailing.direct"))
            throw new Refusal(RefusalKind.PermissionDenied, "SCOPE_MISSING", "A direct address needs the scope mailing.direct.");
        return draft;
    }

    /// <summary>Absent is e-mail, the only channel that a provider serves so far.</summary>
    public static GateChannel ChannelOf(InputCheck check, string field, WireChannel channel)
    {
        if (channel is not (WireChannel.Unspecified or WireChannel.Email))
            check.Violation(field, "must be e-mail: no provider serves another channel yet");
        return GateChannel.Email;
    }

    private static Dictionary<string, string> Variables(InputCheck check, SubmitMailingRequest request)
    {
        check.Count("variables", request.Variables.Count, 0, MostVariables);
        foreach (var (name, value) in request.Variables)
            check.Length($"variables[{(name.Length <= 64 ? name : "")}]", value, 0, LongestValue);
        if (request.Variables.Sum(v => v.Value.Length) > LongestValues)
            check.Violation("variables", $"must have at most {LongestValues} characters together");
        return request.Variables.ToDictionary(StringComparer.Ordinal);
    }

    private static string? Optional(InputCheck check, string field, string value, int most) => value.Length == 0 ? null : check.Length(field, value, 1, most);

    /// <summary>Of the request in one canonical form: a map has no order, and a repeat may bring it in another.</summary>
    private static byte[] HashOf(SubmitMailingRequest request)
    {
        var canonical = request.Clone();
        canonical.Variables.Clear();
        canonical.ValidateOnly = false;
        foreach (var (name, value) in request.Variables.OrderBy(v => v.Key, StringComparer.Ordinal))
            canonical.Variables.Add(name, value);
        return SHA256.HashData(canonical.ToByteArray());
    }
}
