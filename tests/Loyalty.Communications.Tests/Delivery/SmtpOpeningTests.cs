using Loyalty.Communications.Delivery;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class SmtpOpeningTests
{
    [Theory]
    [InlineData("PLAIN LOGIN", false)]
    [InlineData("PLAIN", true)]
    [InlineData("LOGIN", true)]
    [InlineData("CRAM-MD5 LOGIN", false)]
    public async Task Secures_then_authenticates_then_sends(string mechanisms, bool implicitTls)
    {
        await using var relay = Secured(new() { StartTls = !implicitTls, ImplicitTls = implicitTls, AuthMechanisms = mechanisms });

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();

        var mail = relay.Sink.Received.ShouldHaveSingleItem();
        (mail.IsSecure, mail.User).ShouldBe((true, "user"));
        relay.Sink.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_whose_STARTTLS_is_stripped_gets_neither_password_nor_mail()
    {
        await using var relay = Secured(new() { StartTls = false });

        var failure = await OpenFailsAsync(relay);

        (failure.Stage, failure.Reply).ShouldBe((SmtpStage.StartTls, null));
        relay.Sink.Violations.ShouldBeEmpty("a password in the clear would be noted");
    }

    [Fact]
    public async Task A_refused_STARTTLS_is_not_gone_round()
    {
        await using var relay = Secured(new() { StartTls = true });
        relay.Sink.At(SinkMoment.StartTls, new SinkFault.Refuse(454));

        var failure = await OpenFailsAsync(relay);

        (failure.Stage, failure.Reply?.Code).ShouldBe((SmtpStage.StartTls, 454));
    }

    [Fact]
    public async Task What_an_attacker_appends_to_the_reply_to_STARTTLS_breaks_the_connection()
    {
        await using var relay = Secured(new() { StartTls = true });
        relay.Sink.At(SinkMoment.StartTls, new SinkFault.Say("220 go ahead\r\n250-evil\r\n250 AUTH PLAIN\r\n"));

        var failure = await OpenFailsAsync(relay);

        (failure.Stage, failure.Message).ShouldBe((SmtpStage.StartTls, "text after the reply to STARTTLS"));
    }

    [Fact]
    public async Task A_certificate_of_another_authority_or_another_name_is_refused()
    {
        await using var strange = Secured(new() { StartTls = true }, o => o.CertificateAuthorityFile = "");
        (await OpenFailsAsync(strange)).Message.ShouldBe("TLS failed");

        await using var renamed = Secured(new() { StartTls = true }, o => o.Host = "127.0.0.2"); // not in the certificate; the sink listens on 127.0.0.1 only
        (await OpenFailsAsync(renamed)).Stage.ShouldBe(SmtpStage.Connect);
    }

    [Theory]
    [InlineData(SinkMoment.Greeting, 554)]
    [InlineData(SinkMoment.Greeting, 421)]
    [InlineData(SinkMoment.Ehlo, 502)]
    [InlineData(SinkMoment.Auth, 535)]
    [InlineData(SinkMoment.Auth, 454)]
    public async Task A_refused_opening_is_no_session(SinkMoment moment, int code)
    {
        await using var relay = Secured(new() { StartTls = true });
        relay.Sink.At(moment, new SinkFault.Refuse(code));

        var failure = await OpenFailsAsync(relay);

        (failure.Stage.ToString(), failure.Reply?.Code).ShouldBe((moment.ToString(), code));
    }

    [Theory]
    [InlineData(SinkMoment.Greeting)]
    [InlineData(SinkMoment.Ehlo)]
    [InlineData(SinkMoment.StartTls)]
    [InlineData(SinkMoment.Auth)]
    public async Task A_drop_or_silence_while_opening_is_no_session(SinkMoment moment)
    {
        foreach (var fault in (SinkFault[])[new SinkFault.Drop(), new SinkFault.Silence(), new SinkFault.Say("nonsense\r\n")])
        {
            await using var relay = Secured(new() { StartTls = true }, o => o.CommandTimeout = TimeSpan.FromSeconds(1));
            relay.Sink.At(moment, fault);

            var stage = (await OpenFailsAsync(relay)).Stage.ToString();

            // A reset before the greeting may still hit the connecting socket.
            if (moment != SinkMoment.Greeting || !stage.Equals(nameof(SmtpStage.Connect), StringComparison.Ordinal))
                stage.ShouldBe(moment.ToString(), fault.ToString());
        }
    }

    [Fact]
    public async Task A_refused_password_stops_there_and_opens_the_breaker_at_once()
    {
        await using var relay = Secured(new() { StartTls = true }, o => o.Password = "wrong");

        var first = await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken);
        var second = await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken);

        first.Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.NoSession);
        second.Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.BreakerOpen);
        relay.Sink.ConnectionCount.ShouldBe(1);
        relay.Sink.Violations.ShouldBeEmpty("no MAIL after a refused AUTH");
    }

    [Fact]
    public async Task No_password_goes_out_in_the_clear_unless_told_so()
    {
        await using var careful = new Relay(new() { User = "user", Password = "secret" });
        careful.Options.User = "user"; // past the check of the settings, which refuses this
        careful.Options.Password = "secret";
        (await OpenFailsAsync(careful)).Message.ShouldBe("no password is sent without TLS");
        careful.Sink.Violations.ShouldBeEmpty();

        await using var told = new Relay(new() { User = "user", Password = "secret" }, o => (o.User, o.Password, o.AllowAuthWithoutTls) = ("user", "secret", true));
        (await told.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
        told.Sink.Violations.ShouldBe(["AUTH in the clear"]);
    }

    [Fact]
    public async Task A_server_that_offers_no_AUTH_we_know_gets_no_mail()
    {
        await using var relay = Secured(new() { StartTls = true, AuthMechanisms = "CRAM-MD5" });

        (await OpenFailsAsync(relay)).Stage.ShouldBe(SmtpStage.Auth);
    }

    [Fact]
    public async Task A_refused_lease_leaves_no_connection_behind()
    {
        await using var relay = Secured(new() { StartTls = true });
        relay.Sink.At(SinkMoment.Auth, new SinkFault.Refuse(454));

        (await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit.ShouldBeNull();

        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
    }

    private static Relay Secured(SmtpSinkOptions sink, Action<SmtpOptions>? configure = null) => new(sink with { User = "user", Password = "secret" }, o =>
    {
        (o.User, o.Password, o.CertificateAuthorityFile) = ("user", "secret", SelfSigned.CertificateFile);
        o.Tls = sink.ImplicitTls ? SmtpTls.Implicit : SmtpTls.StartTls;
        configure?.Invoke(o);
    });

    private static async Task<SmtpOpenException> OpenFailsAsync(Relay relay) =>
        await Should.ThrowAsync<SmtpOpenException>(() => SmtpSession.OpenAsync(relay.Options, TimeProvider.System, TestContext.Current.CancellationToken));
}
