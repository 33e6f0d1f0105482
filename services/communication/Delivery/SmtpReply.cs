using System.Globalization;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>A whole reply of the server: code 200-599, enhanced code (RFC 3463) where it gave one, and the text of all lines. The text is theirs and may hold addresses: never log it.</summary>
internal sealed record SmtpReply(int Code, string? EnhancedCode, string Text)
{
    public bool IsPositive => Code is >= 200 and < 300;

    public bool IsTemporary => Code is >= 400 and < 500;

    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>421: the server is about to close the connection whatever was asked.</summary>
    public bool IsClosing => Code == 421;

    /// <summary>Reads the code of one line "250-text", "250 text" or "250"; false when it is no reply line.</summary>
    public static bool TryReadLine(ReadOnlySpan<byte> line, out int code, out bool isLast, out string text)
    {
        (code, isLast, text) = (0, false, "");
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2]))
            return false;
        if (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-'))
            return false;

        code = int.Parse(line[..3], NumberStyles.None, CultureInfo.InvariantCulture);
        isLast = line.Length == 3 || line[3] == ' ';
        text = line.Length > 4 ? Printable(line[4..]) : "";
        return true;
    }

    public static SmtpReply Of(int code, IReadOnlyList<string> lines) =>
        new(code, EnhancedCodeOf(code, lines[0]), string.Join('\n', lines));

    private static string? EnhancedCodeOf(int code, string text)
    {
        var word = text.AsSpan(0, text.IndexOf(' ') is var space and >= 0 ? space : text.Length);
        if (word.Count('.') != 2 || word[0] != '0' + code / 100 || word[1] != '.')
            return null;
        foreach (var range in word.Split('.'))
        {
            if (word[range].Length is < 1 or > 3 || word[range].ContainsAnyExceptInRange('0', '9'))
                return null;
        }

        return word.ToString();
    }

    // A reply is stored and shown: a server must not be able to write control characters into either.
    private static string Printable(ReadOnlySpan<byte> octets)
    {
        var text = Encoding.UTF8.GetString(octets);
        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
    }
}
