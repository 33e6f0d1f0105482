using Grpc.Core;
using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace Loyalty.ServiceDefaults.Tests.Auth;

public sealed class TokenTests : IDisposable
{
    private readonly Issuer issuer = new();
    private readonly Issuer stranger = new();
    private readonly TempFolder folder = new("auth");

    public TokenTests() => File.WriteAllText(folder["jwks.json"], issuer.Jwks);

    [Fact]
    public async Task A_good_token_with_the_scope_gets_through_and_says_who_calls()
    {
        Caller? caller = null;
        await using var host = await StartAsync(new EchoScript
        {
            Say = (_, context) =>
            {
                caller = Caller.Of(context);
                return Task.FromResult(new SayResponse());
            },
        });

        await SayAsync(host, issuer.Token(scope: "other echo.say"));

        caller.ShouldNotBeNull().Subject.ShouldBe("till-7");
        (caller.Has("echo.say"), caller.Has("other"), caller.Has("echo.stream")).ShouldBe((true, true, false));
    }

    [Fact]
    public async Task Every_wrong_token_is_UNAUTHENTICATED_and_reaches_no_handler()
    {
        var handled = 0;
        await using var host = await StartAsync(new EchoScript { Say = (_, _) => Task.FromResult(new SayResponse { Text = $"{handled++}" }) });
        var good = issuer.Token();
        var dot = good.LastIndexOf('.');

        await RefusedAsync(null, "TOKEN_MISSING");
        await RefusedAsync("Basic dXNlcjpwYXNz", "TOKEN_INVALID");
        await RefusedAsync("Bearer ", "TOKEN_INVALID");
        await RefusedAsync("Bearer rubbish", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {stranger.Token()}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(lives: TimeSpan.FromMinutes(-5))}", "TOKEN_EXPIRED");
        await RefusedAsync($"Bearer {issuer.Token(audience: "others")}", "TOKEN_AUDIENCE");
        await RefusedAsync($"Bearer {issuer.Token(issuer: "https://evil.example")}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(subject: null)}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(subject: new string('s', 201))}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(change: token => token.NotBefore = DateTime.UtcNow.AddMinutes(5))}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(change: token => token.Expires = null)}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(change: token => token.SigningCredentials = null)}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {issuer.Token(change: WithTheirPublicKeyAsSecret)}", "TOKEN_INVALID");
        await RefusedAsync($"Bearer {good[..dot]}.{(good[dot + 1] == 'A' ? 'B' : 'A')}{good[(dot + 2)..]}", "TOKEN_INVALID");
        handled.ShouldBe(0);
        await SayAsync(host, good);
        handled.ShouldBe(1, "the good one shows that the guard is not simply shut");

        async Task RefusedAsync(string? authorization, string reason)
        {
            var headers = new Metadata();
            if (authorization is not null)
                headers.Add("authorization", authorization);
            var status = await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest(), headers));
            status.StatusCode.ShouldBe(StatusCode.Unauthenticated, authorization);
            RefusalStatus.Read(status.Trailers.GetValueBytes(RefusalStatus.Trailer)).ShouldNotBeNull().Reason.ShouldBe(reason, authorization);
        }
    }

    [Fact]
    public async Task A_missing_scope_is_PERMISSION_DENIED_and_named()
    {
        await using var host = await StartAsync();

        var status = await Should.ThrowAsync<RpcException>(() => SayAsync(host, issuer.Token(scope: "echo.stream echo.sa")));

        status.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        var refusal = RefusalStatus.Read(status.Trailers.GetValueBytes(RefusalStatus.Trailer)).ShouldNotBeNull();
        refusal.Reason.ShouldBe("SCOPE_MISSING");
        refusal.Metadata["scope"].ShouldBe("echo.say");
    }

    [Fact]
    public async Task Health_needs_no_token()
    {
        await using var host = await StartAsync();

        (await new Grpc.Health.V1.Health.HealthClient(host.Channel()).CheckAsync(new HealthCheckRequest())).Status.ShouldNotBe(HealthCheckResponse.Types.ServingStatus.Unknown);
    }

    [Fact]
    public async Task A_signature_is_checked_once_until_the_token_expires()
    {
        var clock = new TestClock(DateTimeOffset.UtcNow);
        var check = new TokenCheck(Options(), clock);
        var token = $"Bearer {issuer.Token(lives: TimeSpan.FromMinutes(10))}";

        for (var i = 0; i < 3; i++)
            (await check.CallerAsync(token)).Subject.ShouldBe("till-7");
        check.Checked.ShouldBe(1);

        clock.Advance(TimeSpan.FromMinutes(11)); // past expiry and skew
        await check.CallerAsync(token); // by the machine's clock it still holds, so it is checked, not refused
        check.Checked.ShouldBe(2);
    }

    [Fact]
    public async Task Wrong_tokens_are_not_remembered()
    {
        var check = new TokenCheck(Options(), TimeProvider.System);
        for (var i = 0; i < 3; i++)
            await Should.ThrowAsync<Refusal>(async () => await check.CallerAsync($"Bearer {stranger.Token()}"));
        check.Checked.ShouldBe(3);
    }

    [Fact]
    public async Task New_keys_in_the_file_are_taken_up()
    {
        var clock = new TestClock();
        var check = new TokenCheck(Options(), clock);
        await check.CallerAsync($"Bearer {issuer.Token()}");
        File.WriteAllText(folder["jwks.json"], stranger.Jwks);
        File.SetLastWriteTimeUtc(folder["jwks.json"], DateTime.UtcNow.AddMinutes(1));

        await Should.ThrowAsync<Refusal>(async () => await check.CallerAsync($"Bearer {stranger.Token()}"));
        clock.Advance(TimeSpan.FromSeconds(2)); // an unknown key makes it look again, once a second
        (await check.CallerAsync($"Bearer {stranger.Token()}")).Subject.ShouldBe("till-7");
        await Should.ThrowAsync<Refusal>(async () => await check.CallerAsync($"Bearer {issuer.Token(subject: "another token")}"));
    }

    [Fact]
    public async Task Keys_are_found_by_discovery()
    {
        await using var provider = await issuer.ServeAsync();
        var address = provider.Urls.Single();
        var check = new TokenCheck(Options(("Auth:Issuer", address), ("Auth:JwksFile", null)), TimeProvider.System);

        (await check.CallerAsync($"Bearer {issuer.Token(issuer: address)}")).Subject.ShouldBe("till-7");
        await Should.ThrowAsync<Refusal>(async () => await check.CallerAsync($"Bearer {stranger.Token(issuer: address)}"));
    }

    [Fact]
    public async Task A_subject_may_be_given_scopes_by_configuration()
    {
        var check = new TokenCheck(Options(("Auth:Grants:0:Subject", "system:serviceaccount:loyalty:interaction"), ("Auth:Grants:0:Scopes", "customer.read customer.write")), TimeProvider.System);

        var granted = await check.CallerAsync($"Bearer {issuer.Token("system:serviceaccount:loyalty:interaction", scope: "")}");
        var other = await check.CallerAsync($"Bearer {issuer.Token("system:serviceaccount:other:interaction", scope: "")}");

        (granted.Has("customer.read"), granted.Has("customer.write"), granted.Has("privacy.erase")).ShouldBe((true, true, false));
        other.Has("customer.read").ShouldBeFalse();
    }

    public void Dispose()
    {
        issuer.Dispose();
        stranger.Dispose();
        folder.Dispose();
    }

    private static async Task SayAsync(EchoHost host, string token) =>
        await host.Client.SayAsync(new SayRequest(), new Metadata { { "authorization", $"Bearer {token}" } });

    private void WithTheirPublicKeyAsSecret(SecurityTokenDescriptor token) =>
        token.SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(issuer.Jwks)), SecurityAlgorithms.HmacSha256);

    private AuthOptions Options(params (string Key, string? Value)[] changes)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings()).AddInMemoryCollection(changes.Select(change => KeyValuePair.Create(change.Key, change.Value))).Build();
        var reader = new SettingReader(configuration);
        var options = new AuthOptions(configuration, reader, onLoopbackOnly: true);
        reader.ThrowIfAny();
        return options;
    }

    private Dictionary<string, string?> Settings() => new(StringComparer.Ordinal)
    {
        ["Auth:Mode"] = "jwt",
        ["Auth:Issuer"] = Issuer.Name,
        ["Auth:Audience"] = Issuer.Audience,
        ["Auth:JwksFile"] = folder["jwks.json"],
    };

    private Task<EchoHost> StartAsync(EchoScript? script = null) => EchoHost.StartAsync(script, Settings());
}
