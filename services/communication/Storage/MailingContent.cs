using System.Text.Json;
using System.Text.Json.Serialization;

namespace Loyalty.Communications.Storage;

/// <summary>What is personal about a mailing: kept encrypted until it ends.</summary>
/// <param name="Variables">By name.</param>
/// <param name="Address">Of a direct mailing.</param>
/// <param name="Locale">Of a direct mailing.</param>
internal sealed record MailingContent(Dictionary<string, string> Variables, string? Address = null, string? Locale = null)
{
    public string Write() => JsonSerializer.Serialize(this, MailingContentJson.Default.MailingContent);

    public static MailingContent Read(string json) =>
        JsonSerializer.Deserialize(json, MailingContentJson.Default.MailingContent) ?? throw new JsonException("a content is never null");
}

[JsonSerializable(typeof(MailingContent))]
internal sealed partial class MailingContentJson : JsonSerializerContext;
