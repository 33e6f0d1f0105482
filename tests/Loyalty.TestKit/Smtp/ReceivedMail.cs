using System.Text;

namespace Loyalty.TestKit.Smtp;

/// <summary>One mail that the sink took responsibility for, as its client sent it.</summary>
/// <param name="Octets">The message without doubled dots and without the final dot, CRLF at every line end.</param>
/// <param name="ReceivedAt">By the sink's clock, at the final dot.</param>
/// <param name="Connection">Number of the connection, from 1.</param>
/// <param name="Parameters">What stood after the address in MAIL FROM.</param>
public sealed record ReceivedMail(
    string From, IReadOnlyList<string> To, byte[] Octets, DateTimeOffset ReceivedAt, int Connection, bool IsSecure, string? User, string Parameters)
{
    /// <summary>Header fields in order, unfolded, not decoded.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; } = HeadersOf(Octets);

    public string? MessageId => Header("Message-ID");

    /// <summary>The first field of this name, or null.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static List<(string, string)> HeadersOf(byte[] octets)
    {
        var end = octets.AsSpan().IndexOf("\r\n\r\n"u8);
        var head = Encoding.UTF8.GetString(octets, 0, end < 0 ? octets.Length : end);
        return
        [
            .. head.Replace("\r\n ", " ", StringComparison.Ordinal).Replace("\r\n\t", "\t", StringComparison.Ordinal).Split("\r\n")
                .Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1].TrimStart())),
        ];
    }
}
