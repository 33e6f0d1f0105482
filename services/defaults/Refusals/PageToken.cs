using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;

namespace Loyalty.ServiceDefaults.Refusals;

/// <summary>Opaque page tokens (AIP-158): where the next page starts, bound to the filter that the first page was asked with.</summary>
/// <remarks>
/// A token is base64url of an 8-byte check (SHA-256 over filter and position) and the position. It is no secret and opens nothing:
/// who may list may start anywhere in the list. The check only turns a mistake into INVALID_ARGUMENT instead of a wrong page.
/// </remarks>
public static class PageToken
{
    private const int CheckLength = 8;

    /// <summary>The hash of everything in a list request but <c>page_size</c> and <c>page_token</c>.</summary>
    public static byte[] FilterOf(IMessage request)
    {
        var bare = request.Descriptor.Parser.ParseFrom(request.ToByteArray());
        foreach (var name in (string[])["page_size", "page_token"])
            request.Descriptor.FindFieldByName(name)?.Accessor.Clear(bare);
        return SHA256.HashData([.. Encoding.UTF8.GetBytes(request.Descriptor.FullName), .. bare.ToByteArray()]);
    }

    /// <summary>A token that says "go on after this position"; the values are texts, numbers, ids or instants.</summary>
    public static string Encode(ReadOnlySpan<byte> filter, params ReadOnlySpan<object> position)
    {
        var parts = new string[position.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = position[i] switch
            {
                DateTimeOffset at => at.ToString("O", CultureInfo.InvariantCulture),
                var value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
            };
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(parts);
        return Base64Url.EncodeToString([.. Check(filter, body), .. body]);
    }

    /// <summary>The position in a token, or null for the first page; refuses a damaged token and one of another filter.</summary>
    public static PagePosition? Decode(ReadOnlySpan<byte> filter, string? token)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        try
        {
            var bytes = Base64Url.DecodeFromChars(token);
            var body = bytes.AsSpan(CheckLength);
            if (Check(filter, body).AsSpan().SequenceEqual(bytes.AsSpan(0, CheckLength)) && JsonSerializer.Deserialize<string[]>(body) is { } parts)
                return new PagePosition(parts);
        }
        catch (Exception why) when (why is FormatException or ArgumentException or JsonException)
        {
            // Told below, as every other damage.
        }

        throw PagePosition.Damaged();
    }

    private static byte[] Check(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> body) => SHA256.HashData([.. filter, .. body])[..CheckLength];
}

/// <summary>Where a page starts; each reader refuses a value that is not what it should be.</summary>
public sealed class PagePosition
{
    private readonly string[] parts;

    internal PagePosition(string[] parts) => this.parts = parts;

    public string Text(int index) => index < parts.Length ? parts[index] : throw Damaged();

    public long Number(int index) => long.TryParse(Text(index), CultureInfo.InvariantCulture, out var number) ? number : throw Damaged();

    public Guid Id(int index) => Guid.TryParse(Text(index), out var id) ? id : throw Damaged();

    public DateTimeOffset Instant(int index) =>
        DateTimeOffset.TryParseExact(Text(index), "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at) ? at : throw Damaged();

    internal static Refusal Damaged() =>
        new(RefusalKind.InvalidArgument, "PAGE_TOKEN_FOREIGN", "page_token: is damaged or was given for another filter", new FieldViolation("page_token", "is damaged or was given for another filter; start again without it"));
}
