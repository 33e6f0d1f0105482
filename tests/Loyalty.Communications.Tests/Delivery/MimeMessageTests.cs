using System.Text;
using Loyalty.Communications.Delivery;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class MimeMessageTests
{
    private static readonly Guid Id = Guid.Parse("01890000-0000-7000-8000-000000000001");

    [Fact]
    public void Says_every_field_once_in_plain_words()
    {
        var mail = Encoding.ASCII.GetString(Plain("Hello", "Thank you.\nYours").ToBytes(eightBit: false));

        mail.ShouldBe("""
            From: The Shop <shop@shop.example>
            To: Ann <ann@home.example>
            Reply-To: help@shop.example
            Subject: Hello
            Date: Sat, 21 Nov 2026 20:30:00 +0000
            Message-ID: <01890000-0000-7000-8000-000000000001@shop.example>
            List-Unsubscribe: <https://shop.example/u/token>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            Auto-Submitted: auto-generated
            Feedback-ID: spring:promotion:loyalty
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 7bit

            Thank you.
            Yours

            """.ReplaceLineEndings("\r\n"));
    }

    [Fact]
    public void The_same_mailing_gives_the_same_octets_and_message_id_every_time()
    {
        Plain("x", "y", "<p>y</p>").ToBytes(true).AsSpan().SequenceEqual(Plain("x", "y", "<p>y</p>").ToBytes(true)).ShouldBeTrue();
        Plain("x", "y").MessageId.ShouldBe(Plain("another", "text").MessageId);
    }

    [Theory]
    [InlineData("plain\n", false, "7bit")]
    [InlineData("plain\n", true, "7bit")]
    [InlineData("café au lait, s'il vous plaît\n", true, "8bit")]
    [InlineData("café au lait, s'il vous plaît\n", false, "quoted-printable")]
    [InlineData("доброе утро\n", false, "base64")]
    [InlineData("nul \0\n", true, "quoted-printable")]
    public void A_body_takes_the_lightest_encoding_that_carries_it(string text, bool eightBit, string expected) =>
        BodyText.Of(text, eightBit).TransferEncoding.ShouldBe(expected);

    [Fact]
    public void A_line_over_998_octets_is_encoded() =>
        BodyText.Of(new string('é', 500), eightBit: true).TransferEncoding.ShouldBe("base64");

    [Fact]
    public void Lines_are_folded_at_78_and_encoded_words_are_at_most_75_long()
    {
        var subject = string.Join(' ', Enumerable.Repeat("Ein längerer Betreff über Äpfel", 12));
        var mail = Encoding.ASCII.GetString(Plain(subject, "x", toName: string.Join(' ', Enumerable.Repeat("Müller", 20))).ToBytes(false));

        var lines = mail.Split("\r\n\r\n")[0].Split("\r\n");
        lines.ShouldAllBe(line => line.Length <= 78);
        lines.SelectMany(l => l.Split(' ')).Where(w => w.StartsWith("=?", StringComparison.Ordinal)).ShouldAllBe(w => w.Length <= 75);
    }

    [Fact]
    public void No_body_can_close_its_part()
    {
        var boundary = BoundaryOf(Plain("x", "harmless", "<p></p>"));
        var attack = Plain("x", $"--{boundary}--\nafter", $"<p>--{boundary}</p>");

        BoundaryOf(attack).Equals(boundary, StringComparison.Ordinal).ShouldBeFalse();

        static string BoundaryOf(MimeMessage message) => Encoding.ASCII.GetString(message.ToBytes(true)).Split("boundary=\"")[1].Split('"')[0];
    }

    [Theory]
    [InlineData("a\r\nBcc: x@y.example")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\tb")]
    [InlineData("a\u001bb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    [InlineData("a<half a surrogate pair>b")]
    public void Control_characters_and_broken_text_are_refused_with_the_name_of_the_field(string evil)
    {
        evil = evil.Replace("<half a surrogate pair>", "\ud800", StringComparison.Ordinal); // test data cannot carry one
        Should.Throw<ArgumentException>(() => Plain(evil, "x")).Message.ShouldStartWith("Subject ");
        Should.Throw<ArgumentException>(() => new Mailbox("a@b.example", evil, "To")).Message.ShouldStartWith("To name ");
        Should.Throw<ArgumentException>(() => new Mailbox($"{evil}@b.example", field: "To")).Message.ShouldStartWith("To ");
        Should.Throw<ArgumentException>(() => new MailEnvelope("a@b.example", $"{evil}@b.example")).ParamName.ShouldBe("to");
        Should.Throw<ArgumentException>(() => new MailEnvelope($"a@{evil}.example", "a@b.example")).ParamName.ShouldBe("from");
        Should.Throw<ArgumentException>(() => WithFeedback(evil)).Message.ShouldStartWith("FeedbackId ");
        Should.Throw<ArgumentException>(() => WithDomain(evil)).Message.ShouldStartWith("MessageIdDomain ");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("@b.example")]
    [InlineData("a@")]
    [InlineData("a@b@c")]
    [InlineData("a b@c.example")]
    [InlineData("a@c example")]
    [InlineData("a@-c.example")]
    [InlineData("a@c..example")]
    [InlineData("a..b@c.example")]
    [InlineData(".a@c.example")]
    [InlineData("<a@c.example>")]
    [InlineData("a@c.example> SIZE=1")]
    [InlineData("\"a b\"@c.example")]
    [InlineData("a@[127.0.0.1]")]
    [InlineData("a\u202eb@c.example")]
    [InlineData("a,b@c.example")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@c.example")]
    public void What_is_no_plain_address_is_refused_and_not_repeated(string address)
    {
        var message = Should.Throw<ArgumentException>(() => new Mailbox(address, field: "To")).Message;

        message.ShouldStartWith("To ");
        if (address.Length > 2)
            message.ShouldNotContain(address);
    }

    [Theory]
    [InlineData("a@b.example")]
    [InlineData("first.last+tag@sub-domain.b.example")]
    [InlineData("o'brien!#$%&*/=?^_`{|}~-@b.example")]
    [InlineData("root@localhost")]
    [InlineData("žofie@příklad.example")]
    public void Ordinary_and_international_addresses_are_taken(string address) => new Mailbox(address).Address.ShouldBe(address);

    [Theory]
    [InlineData("http://shop.example/u")]
    [InlineData("mailto:a@b.example")]
    [InlineData("/u/token")]
    public void One_click_unsubscription_needs_https(string uri) =>
        Should.Throw<ArgumentException>(() => Plain("x", "y", unsubscribe: new Uri(uri, UriKind.RelativeOrAbsolute))).Message.ShouldStartWith("ListUnsubscribe ");

    internal static MimeMessage Plain(string subject, string text, string? html = null, string toName = "Ann", string fromName = "The Shop", Uri? unsubscribe = null) => new()
    {
        MailingId = Id,
        MessageIdDomain = "shop.example",
        Date = new DateTimeOffset(2026, 11, 21, 22, 30, 0, TimeSpan.FromHours(2)),
        From = new Mailbox("shop@shop.example", fromName),
        To = new Mailbox("ann@home.example", toName),
        ReplyTo = new Mailbox("help@shop.example"),
        Subject = subject,
        Text = text,
        Html = html,
        ListUnsubscribe = unsubscribe ?? new Uri("https://shop.example/u/token"),
        FeedbackId = "spring:promotion:loyalty",
    };

    private static MimeMessage WithFeedback(string id) => new()
    {
        MailingId = Id, MessageIdDomain = "shop.example", Date = DateTimeOffset.UnixEpoch, From = new Mailbox("a@b.example"), To = new Mailbox("a@b.example"),
        Subject = "x", Text = "y", FeedbackId = id,
    };

    private static MimeMessage WithDomain(string domain) => new()
    {
        MailingId = Id, MessageIdDomain = domain, Date = DateTimeOffset.UnixEpoch, From = new Mailbox("a@b.example"), To = new Mailbox("a@b.example"),
        Subject = "x", Text = "y",
    };
}
