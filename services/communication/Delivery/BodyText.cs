using System.Globalization;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>A text body as it goes on the wire: CRLF line ends, and the transfer encoding that suits it.</summary>
internal readonly record struct BodyText(string TransferEncoding, byte[] Octets)
{
    private const int LongestLine = 998; // RFC 5322; without the CRLF
    private const int EncodedLine = 76; // RFC 2045

    /// <summary>7bit where the text allows, 8bit where the server does too, else the shorter of quoted-printable and base64.</summary>
    public static BodyText Of(string text, bool eightBit)
    {
        var octets = Encoding.UTF8.GetBytes(WithCrlf(text));
        var beyondAscii = octets.Count(o => o >= 128);
        if (IsSendable(octets) && (beyondAscii == 0 || eightBit))
            return new(beyondAscii == 0 ? "7bit" : "8bit", octets);
        return beyondAscii > octets.Length / 6
            ? new("base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks) + "\r\n"))
            : new("quoted-printable", QuotedPrintable(octets));
    }

    private static string WithCrlf(string text)
    {
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r');
        return string.Join("\r\n", lines) + (lines[^1].Length == 0 ? "" : "\r\n");
    }

    private static bool IsSendable(ReadOnlySpan<byte> octets)
    {
        foreach (var range in octets.Split("\r\n"u8))
        {
            var line = octets[range];
            if (line.Length > LongestLine || line.ContainsAny((byte)'\r', (byte)'\n', (byte)0))
                return false;
        }

        return true;
    }

    private static byte[] QuotedPrintable(ReadOnlySpan<byte> octets)
    {
        var encoded = new StringBuilder(octets.Length * 5 / 4);
        var column = 0;
        for (var i = 0; i < octets.Length; i++)
        {
            var octet = octets[i];
            if (octet == '\r' && i + 1 < octets.Length && octets[i + 1] == '\n')
            {
                encoded.Append("\r\n");
                (column, i) = (0, i + 1);
                continue;
            }

            var beforeLineEnd = i + 2 < octets.Length && octets[i + 1] == '\r' && octets[i + 2] == '\n';
            var itself = octet is >= 33 and <= 126 and not (byte)'=' || octet is (byte)' ' or (byte)'\t' && !beforeLineEnd && i + 1 < octets.Length;
            var width = itself ? 1 : 3;
            if (column + width > EncodedLine - 1) // one is kept for the "=" of a soft break
            {
                encoded.Append("=\r\n");
                column = 0;
            }

            if (itself)
                encoded.Append((char)octet);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"={octet:X2}");
            column += width;
        }

        return Encoding.ASCII.GetBytes(encoded.ToString());
    }
}
