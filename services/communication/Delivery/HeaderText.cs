using System.Globalization;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>Header fields as octets on the wire: folded at 78, non-ASCII text as encoded words (RFC 2047). Nothing is cleaned silently: what cannot be said is refused by its setter.</summary>
internal static class HeaderText
{
    private const int Preferred = 78;
    private const int LongestWord = 60; // of plain text; a longer one is encoded, for it could not be folded

    /// <summary>What is wrong with a text that goes into a header (subject, name), or null.</summary>
    public static string? FaultOf(string? text, int longest = 200)
    {
        if (text is null)
            return "is missing";
        if (text.Length > longest)
            return $"is longer than {longest} characters";
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                return "contains a line break or another control character";
        }

        return IsWellFormed(text) ? null : "is not well-formed text";
    }

    /// <summary>A field of running text, such as Subject.</summary>
    public static void AppendText(StringBuilder to, string name, string text)
    {
        var start = to.Length;
        to.Append(name).Append(':');
        AppendWords(to, start, IsPlain(text) ? text.Split(' ') : EncodedWords(text));
    }

    /// <summary>A field of one mailbox, such as To.</summary>
    public static void AppendMailbox(StringBuilder to, string name, Mailbox mailbox)
    {
        var start = to.Length;
        to.Append(name).Append(':');
        string[] phrase = mailbox.Name switch
        {
            "" => [],
            var plain when IsPlain(plain) && plain.All(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '-' or '_') => plain.Split(' '),
            var quotable when IsPlain(quotable) && quotable.Length <= LongestWord => [Quoted(quotable)],
            var other => EncodedWords(other),
        };
        AppendWords(to, start, [.. phrase, mailbox.Name.Length == 0 ? mailbox.Address : $"<{mailbox.Address}>"]);
    }

    /// <summary>A field whose value is one token that cannot be folded and was checked before, such as Message-ID.</summary>
    public static void AppendToken(StringBuilder to, string name, string token) => AppendWords(to.Append(name).Append(':'), to.Length, [token]);

    // Plain: says itself and nothing else, and can be folded at its spaces without losing any.
    private static bool IsPlain(string text) =>
        !text.AsSpan().ContainsAnyExceptInRange(' ', '~')
        && !text.Contains("=?", StringComparison.Ordinal)
        && !text.StartsWith(' ') && !text.EndsWith(' ') && !text.Contains("  ", StringComparison.Ordinal)
        && text.Split(' ').All(word => word.Length <= LongestWord);

    private static void AppendWords(StringBuilder to, int lineStart, IEnumerable<string> words)
    {
        var first = true;
        foreach (var word in words)
        {
            // The first word stays on the line of the name, or a strict reader takes the field for empty.
            if (!first && to.Length - lineStart + 1 + word.Length > Preferred)
            {
                to.Append("\r\n");
                lineStart = to.Length;
            }

            to.Append(' ').Append(word);
            first = false;
        }

        to.Append("\r\n");
    }

    private static string Quoted(string text) =>
        '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    // Each word at most 60 characters (75 are allowed; the first shares its line with the name) and of whole code points.
    private static string[] EncodedWords(string text)
    {
        var quoted = text.EnumerateRunes().Sum(r => QuotedLength(r)) <= (Encoding.UTF8.GetByteCount(text) + 2) / 3 * 4;
        var words = new List<string>();
        var word = new List<byte>();
        var length = 0;
        Span<byte> octets = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var next = quoted ? length + QuotedLength(rune) : (word.Count + rune.Utf8SequenceLength + 2) / 3 * 4;
            if (next > LongestWord - "=?utf-8?q??=".Length)
            {
                words.Add(EncodedWord(word, quoted));
                word.Clear();
                length = 0;
            }

            word.AddRange(octets[..rune.EncodeToUtf8(octets)]);
            length += QuotedLength(rune);
        }

        words.Add(EncodedWord(word, quoted));
        return [.. words];
    }

    private static string EncodedWord(List<byte> octets, bool quoted)
    {
        if (!quoted)
            return $"=?utf-8?b?{Convert.ToBase64String([.. octets])}?=";
        var word = new StringBuilder("=?utf-8?q?");
        foreach (var octet in octets)
        {
            if (octet == ' ')
                word.Append('_');
            else if (IsQuotedAsItself(octet))
                word.Append((char)octet);
            else
                word.Append(CultureInfo.InvariantCulture, $"={octet:X2}");
        }

        return word.Append("?=").ToString();
    }

    private static int QuotedLength(Rune rune) =>
        rune.IsAscii && (rune.Value == ' ' || IsQuotedAsItself((byte)rune.Value)) ? 1 : 3 * rune.Utf8SequenceLength;

    // What stands for itself in a phrase as well (RFC 2047, 5 (3)).
    private static bool IsQuotedAsItself(byte octet) => char.IsAsciiLetterOrDigit((char)octet) || octet is (byte)'!' or (byte)'*' or (byte)'+' or (byte)'-' or (byte)'/';

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
