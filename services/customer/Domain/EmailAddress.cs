using System.Globalization;
using System.Text;

namespace Loyalty.Customers.Domain;

/// <summary>Brings an e-mail address into one form: the local part as given, the domain in lower-case ASCII (IDNA).</summary>
internal static class EmailAddress
{
    private const int Longest = 254; // characters in a path, RFC 5321 4.5.3.1.3 less the brackets
    private const int LongestLocal = 64; // octets, RFC 5321 4.5.3.1.1
    private const string AtomPunctuation = "!#$%&'*+-/=?^_`{|}~";
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public static bool TryNormalise(string written, out string address, out string problem)
    {
        address = "";
        var text = written.Trim();
        var at = text.LastIndexOf('@');
        if (at <= 0 || at == text.Length - 1)
        {
            problem = "must be an e-mail address: name@domain";
            return false;
        }

        var local = text[..at];
        if (!IsLocalPart(local))
        {
            problem = $"must have 1 to {LongestLocal} octets of letters, digits, dots between them and {AtomPunctuation} before the @";
            return false;
        }

        if (!TryDomain(text[(at + 1)..], out var domain))
        {
            problem = "must have a domain name with a dot after the @, in composed characters";
            return false;
        }

        if (local.Length + 1 + domain.Length > Longest)
        {
            problem = $"must have at most {Longest} characters";
            return false;
        }

        address = local + "@" + domain;
        problem = "";
        return true;
    }

    private static bool IsLocalPart(string local) =>
        Encoding.UTF8.GetByteCount(local) <= LongestLocal
        && local.Split('.').All(atom => atom.Length > 0 && atom.EnumerateRunes().All(IsAtomText));

    private static bool IsAtomText(Rune rune) => rune.IsAscii
        ? Rune.IsLetterOrDigit(rune) || AtomPunctuation.Contains((char)rune.Value, StringComparison.Ordinal)
        : Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.SpacingCombiningMark or UnicodeCategory.NonSpacingMark;

    private static bool TryDomain(string written, out string domain)
    {
        domain = "";

        // Without ICU there is no composition: e + combining acute would become another domain than é.
        if (written.Any(c => c is >= '\u0300' and <= '\u036f'))
            return false;
        try
        {
            domain = Idn.GetAscii(written.ToLowerInvariant());
            Idn.GetUnicode(domain);
        }
        catch (ArgumentException)
        {
            return false;
        }

        var lastDot = domain.LastIndexOf('.');
        return lastDot > 0 && lastDot < domain.Length - 1 && domain.Length <= 253 && domain[(lastDot + 1)..].Any(char.IsAsciiLetter);
    }
}
