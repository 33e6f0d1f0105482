using System.Buffers;
using System.Globalization;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>
/// An e-mail address with the name shown beside it, valid from birth: local part of dot-separated atoms (1 to 64 octets), domain
/// name, at most 254 octets in UTF-8, non-ASCII letters allowed (SMTPUTF8). Quoted local parts and address literals are refused.
/// </summary>
internal sealed record Mailbox
{
    private static readonly SearchValues<char> Specials = SearchValues.Create("()<>[]:;@\\,\""); // RFC 5322

    /// <param name="address">local@domain.</param>
    /// <param name="name">Shown beside the address; empty for none. At most 200 characters.</param>
    /// <param name="field">Named in the error.</param>
    /// <exception cref="ArgumentException">The address or the name cannot be sent; the message names the field and not the value.</exception>
    public Mailbox(string address, string name = "", string field = "address")
    {
        if (FaultOf(address) is { } addressFault)
            throw new ArgumentException($"{field} {addressFault}.", field);
        if (HeaderText.FaultOf(name) is { } nameFault)
            throw new ArgumentException($"{field} name {nameFault}.", field);
        (Address, Name) = (address, name);
    }

    public string Address { get; }

    public string Name { get; }

    /// <summary>What is wrong with an address, or null.</summary>
    public static string? FaultOf(string? address)
    {
        if (string.IsNullOrEmpty(address))
            return "is empty";
        if (address.AsSpan().ContainsAny('\r', '\n'))
            return "contains a line break";
        foreach (var rune in address.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator || rune == Rune.ReplacementChar)
                return "contains a space, a control character or malformed text";
        }

        if (Encoding.UTF8.GetByteCount(address) > 254)
            return "is longer than 254 octets";
        var at = address.IndexOf('@', StringComparison.Ordinal);
        if (at < 0)
            return "has no @";
        var local = address.AsSpan(0, at);
        if (local.Length == 0 || Encoding.UTF8.GetByteCount(local) > 64)
            return "has a local part that is not 1 to 64 octets long";
        foreach (var atom in local.Split('.'))
        {
            if (local[atom].IsEmpty || local[atom].ContainsAny(Specials))
                return "has a local part that is not made of plain atoms";
        }

        return IsDomain(address.AsSpan(at + 1)) ? null : "has no valid domain";
    }

    public static bool IsAsciiDomain(string domain) => Ascii.IsValid(domain) && IsDomain(domain);

    private static bool IsDomain(ReadOnlySpan<char> domain)
    {
        foreach (var range in domain.Split('.'))
        {
            var label = domain[range];
            if (label.Length is < 1 or > 63 || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var c in label)
            {
                if (c < 128 && !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                    return false;
            }
        }

        return true;
    }
}

/// <summary>Who a mail comes from (bounces go there) and whom it is for, as said to the server. One mail, one person.</summary>
internal sealed record MailEnvelope
{
    /// <exception cref="ArgumentException">An address cannot be sent; the message names the field and not the value.</exception>
    public MailEnvelope(string from, string to) =>
        (From, To) = (new Mailbox(from, field: nameof(from)).Address, new Mailbox(to, field: nameof(to)).Address);

    public string From { get; }

    public string To { get; }

    public bool NeedsUtf8 => !Ascii.IsValid(From) || !Ascii.IsValid(To);
}
