using System.Globalization;
using Loyalty.Communications.Delivery;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class SmtpOptionsTests
{
    [Fact]
    public void Defaults_with_a_host_and_a_sender_have_no_fault() =>
        new SmtpOptions { Host = "relay.example", From = "shop@shop.example" }.Faults().ShouldBeEmpty();

    [Fact]
    public void Without_a_host_nothing_is_required()
    {
        new SmtpOptions().Faults().ShouldBeEmpty();
        new SmtpOptions().IsConfigured.ShouldBeFalse();
    }

    [Fact]
    public void Every_fault_names_its_setting_in_full_and_no_secret()
    {
        var options = new SmtpOptions
        {
            Host = "no host", Port = 0, Tls = SmtpTls.None, CertificateAuthorityFile = "missing.pem", User = "u", Password = "p\0hidden", HeloName = "a b",
            From = "nobody", FromName = "a\nb", ConnectTimeout = TimeSpan.Zero, CommandTimeout = TimeSpan.FromHours(1), FinalReplyTimeout = TimeSpan.FromMinutes(15),
            MaxSessions = 0, IdleTimeout = TimeSpan.Zero, ProbeAfter = TimeSpan.FromSeconds(-1), MaxMailsPerSession = 0, MaxPerSecond = 0, Burst = 0,
            BreakerFailures = 0, BreakerPause = TimeSpan.Zero, BreakerLongestPause = TimeSpan.FromDays(2),
        };

        var faults = options.Faults();

        string[] settings =
        [
            "Host", "Port", "CertificateAuthorityFile", "Password", "AllowAuthWithoutTls", "HeloName", "From", "FromName", "ConnectTimeout", "CommandTimeout",
            "FinalReplyTimeout", "MaxSessions", "IdleTimeout", "ProbeAfter", "MaxMailsPerSession", "MaxPerSecond", "Burst", "BreakerFailures", "BreakerPause",
            "BreakerLongestPause",
        ];
        faults.Select(f => f.Split(' ')[0]).ShouldBe(settings.Select(s => $"Smtp:{s}"));
        faults.ShouldAllBe(f => !f.Contains("hidden", StringComparison.Ordinal));
        Should.Throw<ArgumentException>(() => new SmtpTransport(options, TimeProvider.System, NullLogger<SmtpTransport>.Instance)).Message.ShouldContain("Smtp:Port");
    }

    [Fact]
    public void Nothing_prints_the_password()
    {
        object options = new SmtpOptions { Password = "hidden" };
        Convert.ToString(options, CultureInfo.InvariantCulture).ShouldNotBeNull().ShouldNotContain("hidden");
    }
}
