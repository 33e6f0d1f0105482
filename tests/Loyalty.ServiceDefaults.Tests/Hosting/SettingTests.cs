using Loyalty.ServiceDefaults.Hosting;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

public sealed class SettingTests
{
    [Theory]
    [InlineData("Listen:Grpc", "http://example.org:8080", "Listen__Grpc: must be an address with an IP or localhost")]
    [InlineData("Listen:Grpc", "8080", "Listen__Grpc")]
    [InlineData("Listen:Http", "ftp://127.0.0.1", "Listen__Http")]
    [InlineData("Listen:CertificateFile", "/not/there.pem", "Listen__CertificateFile: names a file that is not there")]
    [InlineData("Listen:KeyFile", "/etc/hostname", "Listen__KeyFile: belongs to Listen__CertificateFile")]
    [InlineData("Listen:ClientAuthorityFile", "/etc/hostname", "Listen__ClientAuthorityFile: needs Listen__CertificateFile")]
    [InlineData("Grpc:MaxMessageBytes", "much", "Grpc__MaxMessageBytes: must be a whole number from 1024 to 67108864, not \"much\"")]
    [InlineData("Grpc:MaxConnectionAge", "5", "Grpc__MaxConnectionAge: must be a time span")]
    [InlineData("Grpc:KeepAliveEvery", "-00:00:01", "Grpc__KeepAliveEvery")]
    [InlineData("Reflection:Enabled", "yes", "Reflection__Enabled: must be true or false")]
    [InlineData("Logging:Format", "xml", "Logging__Format: must be one of json, plain")]
    [InlineData("Auth:Mode", "basic", "Auth__Mode: must be one of jwt, none")]
    [InlineData("Auth:TokenEndpoint", "https://id.example/token", "Auth__ClientId")]
    [InlineData("Telemetry:SampledShare", "1.5", "Telemetry__SampledShare: must be a number from 0 to 1")]
    [InlineData("RateLimit:PerSecond", "-1", "RateLimit__PerSecond")]
    [InlineData("Services:customer", "tcp://a:1", "Services__customer: must begin with http://, https:// or dns:///")]
    [InlineData("Schema:Apply", "no", "Schema__Apply")]
    [InlineData("Shutdown:Timeout", "00:00:00", "Shutdown__Timeout")]
    public void A_wrong_setting_stops_the_start_and_is_named_in_full(string key, string value, string fault)
    {
        using var folder = new TempFolder("settings");

        var faults = Should.Throw<SettingFault>(() => LoyaltyHost.Build([], EchoHost.Settings(folder, new(StringComparer.Ordinal) { [key] = value }), new EchoModule()));

        faults.Faults.ShouldContain(line => line.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        using var folder = new TempFolder("settings");
        var settings = EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["Listen:Grpc"] = "x", ["Grpc:MaxStreamsPerConnection"] = "0", ["Auth:Mode"] = "jwt" });

        Should.Throw<SettingFault>(() => LoyaltyHost.Build([], settings, new EchoModule())).Faults.Count.ShouldBe(4); // two for jwt: issuer and audience
    }

    [Fact]
    public void Auth_is_on_unless_somebody_says_none()
    {
        using var folder = new TempFolder("settings");

        var faults = Should.Throw<SettingFault>(() => LoyaltyHost.Build([], EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["Auth:Mode"] = null }), new EchoModule()));

        faults.Faults.ShouldContain(line => line.StartsWith("Auth__Issuer: is required", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    public async Task No_auth_beyond_loopback_needs_a_second_loud_word(string address)
    {
        using var folder = new TempFolder("settings");
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Listen:Grpc"] = address };
        Should.Throw<SettingFault>(() => LoyaltyHost.Build([], EchoHost.Settings(folder, settings), new EchoModule()))
            .Message.ShouldStartWith("Auth__Mode: is none, but the host would listen beyond loopback");

        settings["Auth:AllowNoneOnAnyAddress"] = "true";
        await using var app = LoyaltyHost.Build([], EchoHost.Settings(folder, settings), new EchoModule());
        app.Services.GetRequiredService<HostOptions>().OnLoopbackOnly.ShouldBeFalse();
    }

    [Fact]
    public void A_service_that_is_called_needs_an_address_unless_it_runs_here()
    {
        using var folder = new TempFolder("settings");

        Should.Throw<SettingFault>(() => LoyaltyHost.Build([], EchoHost.Settings(folder), new CallingModule()))
            .Message.ShouldStartWith("Services__customer: is required");
    }

    [Fact]
    public async Task The_environment_overrides_what_the_program_prefers()
    {
        const string variable = "Grpc__MaxStreamsPerConnection";
        using var folder = new TempFolder("settings");
        var settings = EchoHost.Settings(folder) with { ReadEnvironment = true, Defaults = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Grpc:MaxStreamsPerConnection"] = "5" } };
        (await Streams()).ShouldBe(5);
        Environment.SetEnvironmentVariable(variable, "7");
        try
        {
            (await Streams()).ShouldBe(7);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        async Task<int> Streams()
        {
            await using var app = LoyaltyHost.Build([], settings, new EchoModule());
            return app.Services.GetRequiredService<HostOptions>().MaxStreams;
        }
    }

    [Fact]
    public async Task Wrong_words_and_wrong_settings_have_their_own_exit_code()
    {
        using var folder = new TempFolder("settings");
        var wrong = EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["Listen:Grpc"] = "x" });
        (await LoyaltyHost.RunAsync([], wrong, new EchoModule())).ShouldBe(2);
        (await LoyaltyHost.RunAsync(["serv"], EchoHost.Settings(folder), new EchoModule())).ShouldBe(2);
        (await LoyaltyHost.RunAsync(["--help"], EchoHost.Settings(folder), new EchoModule())).ShouldBe(0);
        (await LoyaltyHost.RunAsync(["schema"], EchoHost.Settings(folder), new EchoModule())).ShouldBe(0);
        File.Exists(folder["echo.db"]).ShouldBeTrue();
        (await LoyaltyHost.RunAsync([], EchoHost.Settings(folder, new(StringComparer.Ordinal) { ["ConnectionStrings:echo"] = "Data Source=/dev/null/echo.db" }), new EchoModule()).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(1);
    }
}
