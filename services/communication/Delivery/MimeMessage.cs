using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>
/// One mail, born valid: every setter refuses with an <see cref="ArgumentException"/> that names the field (not the value) what
/// would break out of its place. The same mailing gives the same octets each time, so a second delivery is the same mail.
/// </summary>
internal sealed class MimeMessage
{
    /// <summary>Gives the Message-ID, one per mailing for ever.</summary>
    public required Guid MailingId { get; init; }

    /// <summary>ASCII domain name on the right of the Message-ID; must not change while a mailing may be sent again.</summary>
    public required string MessageIdDomain
    {
        get;
        init => field = Mailbox.IsAsciiDomain(value) ? value : throw new ArgumentException("MessageIdDomain is no ASCII domain name.", nameof(value));
    }

    public required DateTimeOffset Date { get; init; }

    public required Mailbox From { get; init; }

    public required Mailbox To { get; init; }

    public Mailbox? ReplyTo { get; init; }

    /// <summary>At most 500 characters.</summary>
    public required string Subject
    {
        get;
        init => field = HeaderText.FaultOf(value, 500) is { } fault ? throw new ArgumentException($"Subject {fault}.", nameof(value)) : value;
    }

    public required string Text { get; init; }

    /// <summary>The same again as HTML, or null.</summary>
    public string? Html { get; init; }

    /// <summary>Where one POST unsubscribes (RFC 8058): https, or http on loopback; at most 900 characters.</summary>
    public Uri? ListUnsubscribe
    {
        get;
        init => field = value is null || IsOneClick(value) ? value : throw new ArgumentException("ListUnsubscribe is no absolute https address.", nameof(value));
    }

    /// <summary>Groups complaints at the mailbox provider, such as "campaign:class:loyalty"; visible ASCII without spaces, at most 200 characters.</summary>
    public string? FeedbackId
    {
        get;
        init => field = value is null || value.Length is >= 1 and <= 200 && !value.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? value
            : throw new ArgumentException("FeedbackId is not 1 to 200 visible ASCII characters.", nameof(value));
    }

    /// <summary>&lt;mailing id@domain&gt;.</summary>
    public string MessageId => $"<{MailingId:D}@{MessageIdDomain}>";

    /// <summary>The mail with CRLF line ends, no line over 998 octets; ASCII unless an address is not or <paramref name="eightBit"/> allows 8bit bodies.</summary>
    public byte[] ToBytes(bool eightBit)
    {
        var header = new StringBuilder(1024);
        HeaderText.AppendMailbox(header, "From", From);
        HeaderText.AppendMailbox(header, "To", To);
        if (ReplyTo is not null)
            HeaderText.AppendMailbox(header, "Reply-To", ReplyTo);
        HeaderText.AppendText(header, "Subject", Subject);
        HeaderText.AppendToken(header, "Date", Date.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture));
        HeaderText.AppendToken(header, "Message-ID", MessageId);
        if (ListUnsubscribe is not null)
        {
            HeaderText.AppendToken(header, "List-Unsubscribe", $"<{ListUnsubscribe.AbsoluteUri}>");
            HeaderText.AppendToken(header, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }

        HeaderText.AppendToken(header, "Auto-Submitted", "auto-generated");
        if (FeedbackId is not null)
            HeaderText.AppendToken(header, "Feedback-ID", FeedbackId);
        HeaderText.AppendToken(header, "MIME-Version", "1.0");

        var text = BodyText.Of(Text, eightBit);
        using var mail = new MemoryStream();
        if (Html is null)
        {
            WritePart(mail, header, "text/plain", text);
        }
        else
        {
            var html = BodyText.Of(Html, eightBit);
            var boundary = BoundaryOutside(text.Octets, html.Octets);
            HeaderText.AppendToken(header, "Content-Type", $"multipart/alternative; boundary=\"{boundary}\"");
            WritePart(mail, header.Append(CultureInfo.InvariantCulture, $"\r\n--{boundary}\r\n"), "text/plain", text);
            WritePart(mail, new StringBuilder($"\r\n--{boundary}\r\n"), "text/html", html);
            mail.Write(Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
        }

        return mail.ToArray();
    }

    private static void WritePart(MemoryStream mail, StringBuilder head, string type, BodyText body)
    {
        HeaderText.AppendToken(head, "Content-Type", $"{type}; charset=utf-8");
        HeaderText.AppendToken(head, "Content-Transfer-Encoding", body.TransferEncoding);
        mail.Write(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()));
        mail.Write(body.Octets);
    }

    // From the mailing, so that the octets stay the same; "=_" stands in no encoded body, and plain ones are searched.
    private string BoundaryOutside(byte[] text, byte[] html)
    {
        for (var round = 0; ; round++)
        {
            var boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{MailingId:D} {round}")))[..32];
            var octets = Encoding.ASCII.GetBytes(boundary);
            if (text.AsSpan().IndexOf(octets) < 0 && html.AsSpan().IndexOf(octets) < 0)
                return boundary;
        }
    }

    private static bool IsOneClick(Uri uri) =>
        uri is { IsAbsoluteUri: true, Scheme: "https" } or { IsAbsoluteUri: true, Scheme: "http", IsLoopback: true }
        && uri.AbsoluteUri.Length <= 900
        && !uri.AbsoluteUri.AsSpan().ContainsAnyExceptInRange('!', '~') && !uri.AbsoluteUri.AsSpan().ContainsAny('<', '>');
}
