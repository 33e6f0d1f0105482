using Grpc.Core;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Loyalty.ServiceDefaults.Tests.Clients;

public sealed class ClientTests
{
    private static DateTime Soon => Deadlines.In(TimeSpan.FromSeconds(10));

    [Fact]
    public async Task A_service_that_runs_in_this_host_is_called_at_its_own_address()
    {
        await using var host = await EchoHost.StartAsync();

        (await host.TypedClient.SayAsync(new SayRequest { Text = "me" }, deadline: Soon)).Text.ShouldBe("me");
    }

    [Fact]
    public async Task A_call_to_this_host_waits_until_the_host_has_started()
    {
        var early = new EarlyCaller();
        await using var host = await EchoHost.StartAsync(services: services => services.AddHostedService(provider => early.With(provider.GetRequiredService<EchoService.EchoServiceClient>())));

        (await early.Answer!.WaitAsync(TimeSpan.FromSeconds(10))).Text.ShouldBe("early"); // StartAsync has set it
    }

    [Fact]
    public async Task A_call_without_a_deadline_never_leaves()
    {
        await using var host = await EchoHost.StartAsync(new EchoScript { Say = (_, _) => throw new InvalidOperationException("it left") });
        var client = host.TypedClient;

        (await Should.ThrowAsync<InvalidOperationException>(async () => await client.SayAsync(new SayRequest()))).Message.ShouldContain("without a deadline");
        Should.Throw<InvalidOperationException>(() => client.Collect()).Message.ShouldContain("without a deadline");
        Should.Throw<InvalidOperationException>(() => client.Repeat(new RepeatRequest())).Message.ShouldContain("without a deadline");
        Should.Throw<InvalidOperationException>(() => client.Chat()).Message.ShouldContain("without a deadline");
        (await Should.ThrowAsync<InvalidOperationException>(async () => await client.SayAsync(new SayRequest(), deadline: Deadlines.None))).Message.ShouldContain("is no stream");
        Should.Throw<InvalidOperationException>(() => client.Say(new SayRequest(), deadline: Soon)).Message.ShouldContain("Async");
    }

    [Fact]
    public async Task A_service_that_is_away_is_a_refusal_that_says_which()
    {
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Services:echo"] = $"http://127.0.0.1:{Ports.Free()}" });

        var away = await Should.ThrowAsync<Refusal>(async () => await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon));

        (away.Kind, away.Reason).ShouldBe((RefusalKind.Unavailable, "ECHO_SERVICE_AWAY"));
    }

    [Fact]
    public async Task An_answer_that_comes_too_late_is_a_refusal_too()
    {
        await using var host = await EchoHost.StartAsync(new EchoScript
        {
            Say = async (_, context) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                return new SayResponse();
            },
        });

        var late = await Should.ThrowAsync<Refusal>(async () => await host.TypedClient.SayAsync(new SayRequest(), deadline: Deadlines.In(TimeSpan.FromMilliseconds(200))));

        (late.Kind, late.Reason).ShouldBe((RefusalKind.Unavailable, "ECHO_SERVICE_AWAY"));
        late.Message.ShouldContain("DeadlineExceeded");
    }

    [Fact]
    public async Task An_address_of_many_is_resolved_by_DNS()
    {
        await using var server = await EchoHost.StartAsync();
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Services:echo"] = $"dns:///localhost:{server.Grpc.Port}" });

        (await host.TypedClient.SayAsync(new SayRequest { Text = "found" }, deadline: Soon)).Text.ShouldBe("found");
    }

    [Fact]
    public async Task The_own_token_is_fetched_shown_kept_and_fetched_again_when_it_is_refused()
    {
        using var issuer = new Issuer();
        using var folder = new TempFolder("tokens");
        File.WriteAllText(folder["jwks.json"], issuer.Jwks);
        var asked = 0;
        var good = false;
        await using var provider = await issuer.ServeAsync(() =>
        {
            asked++;
            return Task.FromResult($$"""{"access_token":"{{issuer.Token("echo", lives: good ? null : TimeSpan.FromMinutes(-5))}}","expires_in":600}""");
        });
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal)
        {
            ["Auth:Mode"] = "jwt", ["Auth:Issuer"] = Issuer.Name, ["Auth:Audience"] = Issuer.Audience, ["Auth:JwksFile"] = folder["jwks.json"],
            ["Auth:TokenEndpoint"] = $"{provider.Urls.Single()}/token", ["Auth:ClientId"] = "echo", ["Auth:ClientSecret"] = "s3cret",
        });

        var refused = await Should.ThrowAsync<Refusal>(async () => await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon));
        (refused.Kind, refused.Reason).ShouldBe((RefusalKind.Unavailable, "ECHO_SERVICE_AWAY"), "our own token being refused is not our caller's fault");

        good = true;
        for (var i = 0; i < 5; i++)
            await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon);
        asked.ShouldBe(2, "once for the stale one, once for the good one, which is kept");
    }

    [Fact]
    public async Task A_token_file_is_read_again_each_minute()
    {
        using var folder = new TempFolder("tokens");
        var clock = new TestClock();
        var source = new FileTokenSource(folder["token"], clock);
        File.WriteAllText(folder["token"], "first\n");
        (await source.TokenAsync(default)).ShouldBe("first");
        File.WriteAllText(folder["token"], "second\n");
        (await source.TokenAsync(default)).ShouldBe("first");

        clock.Advance(TimeSpan.FromMinutes(1));
        (await source.TokenAsync(default)).ShouldBe("second");

        File.WriteAllText(folder["token"], "third\n");
        source.Refused("second");
        (await source.TokenAsync(default)).ShouldBe("third");
    }

    [Fact]
    public async Task Without_auth_no_token_is_shown()
    {
        string? shown = "nothing heard";
        await using var host = await EchoHost.StartAsync(new EchoScript
        {
            Say = (_, context) =>
            {
                shown = context.RequestHeaders.GetValue("authorization");
                return Task.FromResult(new SayResponse());
            },
        });

        await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon);

        shown.ShouldBeNull();
        host.App.Services.GetRequiredService<TokenSource>().ShouldBe(TokenSource.None);
    }

    private sealed class EarlyCaller : IHostedService
    {
        private EchoService.EchoServiceClient? client;

        public Task<SayResponse>? Answer { get; private set; }

        public EarlyCaller With(EchoService.EchoServiceClient own)
        {
            client = own;
            return this;
        }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Answer = client!.SayAsync(new SayRequest { Text = "early" }, deadline: Soon, cancellationToken: CancellationToken.None).ResponseAsync; // With came first
            Answer.IsCompleted.ShouldBeFalse();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
