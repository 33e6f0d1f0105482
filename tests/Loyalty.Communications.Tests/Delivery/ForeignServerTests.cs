using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Loyalty.Communications.Delivery;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.Communications.Tests.Delivery;

/// <summary>The same against a server, and a reader of mail, that are not ours.</summary>
public sealed class ForeignServerTests
{
    private static readonly Gen<string> Words = Gen.ListOf(Gen.Frequency(
        (6, Gen.Elements("offer", "of", "the", "week", "=?utf-8?q?no?=", "\"quoted\"", "a,b", "<angle>", "(comment)", "=20", "_", "\\")),
        (3, Gen.Elements("é", "Žluťoučký", "доброе", "утро", "日本語のとても長い件名です", "👩‍👩‍👧", "ß", "e\u0301")),
        (2, Gen.Elements("  ", " ", "")),
        (1, Gen.Elements(new string('w', 61), new string('ž', 50), new string('x', 100))))).Select(words => string.Join(' ', words)).Where(s => s.Length <= 190);

    private static readonly Gen<string> Body = Gen.ListOf(Gen.Elements(
        "Hello\n", ".\n", "..x\n", "\n", "From me\n", "ž\n", "доброе утро, дорогой друг\n", " trailing \n", "tab\t\n", "=3D=\n", "--\n", "--=_\n", new string('y', 1200), "x\r\n", "\r", "é")).Select(string.Concat);

    [Fact]
    public async Task Headers_and_bodies_read_back_as_they_were_meant()
    {
        await using var server = await StartAsync();
        await using var transport = TransportTo(server);
        var samples = from subject in Words
                      from fromName in Words
                      from toName in Words
                      from text in Body
                      from html in Body
                      select (subject, fromName, toName, text, html);
        foreach (var (subject, fromName, toName, text, html) in samples.Sample(30, 150))
        {
            var message = MimeMessageTests.Plain(subject, text, $"<p>{html}</p>", toName, fromName);
            await using var permit = (await transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit!; // nothing refuses here
            (await permit.DeliverAsync(Relay.Envelope, message.ToBytes(text.Length % 2 == 0 && permit.TakesEightBit), Relay.Fresh, TestContext.Current.CancellationToken))
                .ShouldBeOfType<MailOutcome.Accepted>();

            var mail = await server.NextAsync(TestContext.Current.CancellationToken);
            mail.Defects.ShouldBeEmpty();
            mail.Headers["Subject"].ShouldBe(subject);
            mail.Names["From"].ShouldBe(fromName);
            mail.Names["To"].ShouldBe(toName);
            mail.Headers["Message-ID"].ShouldBe(message.MessageId);
            mail.Text.ShouldBe(Lines(text));
            mail.Html.ShouldBe(Lines($"<p>{html}</p>"));
        }

        static string Lines(string text) => Encoding.UTF8.GetString(DotStufferTests.WithCrlf(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task Random_messages_arrive_octet_for_octet()
    {
        await using var server = await StartAsync();
        await using var transport = TransportTo(server);
        var octets = Gen.ArrayOf(Gen.Elements((byte)'.', (byte)'\r', (byte)'\n', (byte)'x', (byte)' ', (byte)0xc3)).Where(m => m.Length > 0);
        foreach (var tail in octets.Sample(200, 200))
        {
            byte[] message = [.. "Subject: x\r\n\r\n"u8, .. tail];
            await using var permit = (await transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit!; // nothing refuses here
            (await permit.DeliverAsync(Relay.Envelope, message, Relay.Fresh, TestContext.Current.CancellationToken)).ShouldBeOfType<MailOutcome.Accepted>();
            (await server.NextAsync(TestContext.Current.CancellationToken)).Content.ShouldBe(DotStufferTests.WithCrlf(message));
        }
    }

    [Theory]
    [InlineData("LOGIN")]
    [InlineData("PLAIN")]
    public async Task Secures_and_authenticates(string mechanism)
    {
        await using var server = await StartAsync(new(StringComparer.Ordinal)
        {
            ["certificate"] = SelfSigned.CertificateFile, ["key"] = SelfSigned.KeyFile, ["user"] = "user", ["password"] = "secret",
            ["exclude"] = mechanism.Equals("LOGIN", StringComparison.Ordinal) ? "PLAIN" : "LOGIN",
        });
        await using var transport = TransportTo(server, o =>
            (o.Tls, o.CertificateAuthorityFile, o.User, o.Password) = (SmtpTls.StartTls, SelfSigned.CertificateFile, "user", "secret"));
        await using var permit = (await transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit.ShouldNotBeNull();

        (await permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken)).ShouldBeOfType<MailOutcome.Accepted>();

        var mail = await server.NextAsync(TestContext.Current.CancellationToken);
        (mail.Tls, mail.User).ShouldBe((true, "user"));
    }

    [Fact]
    public async Task A_wrong_password_is_no_session()
    {
        await using var server = await StartAsync(new(StringComparer.Ordinal)
        {
            ["certificate"] = SelfSigned.CertificateFile, ["key"] = SelfSigned.KeyFile, ["user"] = "user", ["password"] = "secret",
        });
        var options = Relay.OptionsFor(server.Port);
        (options.Tls, options.CertificateAuthorityFile, options.User, options.Password) = (SmtpTls.StartTls, SelfSigned.CertificateFile, "user", "wrong");

        var failure = await Should.ThrowAsync<SmtpOpenException>(() => SmtpSession.OpenAsync(options, TimeProvider.System, TestContext.Current.CancellationToken));

        (failure.Stage, failure.Reply?.Code).ShouldBe((SmtpStage.Auth, 535));
    }

    [Theory]
    [InlineData("mail", 451, "Temporary", "Mail")]
    [InlineData("rcpt", 550, "Permanent", "Rcpt")]
    [InlineData("data", 452, "Temporary", "FinalDot")]
    [InlineData("data", 554, "Permanent", "FinalDot")]
    public async Task A_refusal_decides(string command, int code, string kind, string stage)
    {
        await using var server = await StartAsync(new(StringComparer.Ordinal) { [command] = $"{code} no" });
        await using var transport = TransportTo(server);
        await using var permit = (await transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit.ShouldNotBeNull();

        var outcome = (await permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken)).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind.ToString(), outcome.Stage.ToString(), outcome.Reply?.Code).ShouldBe((kind, stage, code));
    }

    private static async Task<AiosmtpdServer> StartAsync(Dictionary<string, object>? options = null)
    {
        Assert.SkipWhen(AiosmtpdServer.MissingReason is not null, AiosmtpdServer.MissingReason ?? "");
        return await AiosmtpdServer.StartAsync(options);
    }

    private static SmtpTransport TransportTo(AiosmtpdServer server, Action<SmtpOptions>? configure = null)
    {
        var options = Relay.OptionsFor(server.Port);
        configure?.Invoke(options);
        return new SmtpTransport(options, TimeProvider.System, NullLogger<SmtpTransport>.Instance);
    }
}
