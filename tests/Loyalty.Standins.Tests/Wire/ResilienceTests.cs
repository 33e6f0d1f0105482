using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Standins.Tests.Wire;

/// <summary>Retries by service config, and load balancing over several servers.</summary>
public sealed class ResilienceTests
{
    private static readonly MethodConfig Retrying = new()
    {
        Names = { MethodName.Default },
        RetryPolicy = new()
        {
            MaxAttempts = 4,
            InitialBackoff = TimeSpan.FromMilliseconds(10),
            MaxBackoff = TimeSpan.FromMilliseconds(50),
            BackoffMultiplier = 1.5,
            RetryableStatusCodes = { StatusCode.Unavailable },
        },
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_that_fails_twice_succeeds_at_the_third_try()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Connect(new() { ServiceConfig = new() { MethodConfigs = { Retrying } } });

        var answer = await new Echo.EchoClient(channel).SayAsync(new() { Text = "again", FailFirst = 2 }, cancellationToken: Cancel);

        server.Log.CallsOf("again").ShouldBe(3);
        answer.Metadata["grpc-previous-rpc-attempts"].ShouldBe("2");
    }

    [Fact]
    public async Task A_call_gives_up_after_its_last_try()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Connect(new() { ServiceConfig = new() { MethodConfigs = { Retrying } } });

        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new() { Text = "never", FailFirst = 100 }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.Unavailable);
        server.Log.CallsOf("never").ShouldBe(4);
    }

    [Fact]
    public async Task A_refusal_is_not_retried()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Connect(new() { ServiceConfig = new() { MethodConfigs = { Retrying } } });

        await Should.ThrowAsync<RpcException>(async () => await new Echo.EchoClient(channel).SayAsync(
            new() { Text = "no", FailWith = (int)StatusCode.FailedPrecondition }, cancellationToken: Cancel));

        server.Log.CallsOf("no").ShouldBe(1);
    }

    [Fact]
    public async Task Two_servers_share_the_calls_and_one_takes_all_when_the_other_leaves()
    {
        await using var first = await EchoServer.StartAsync();
        var second = await EchoServer.StartAsync();
        await using var ownSecond = second;
        await using var services = new ServiceCollection()
            .AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => [Address(first), Address(second)]))
            .BuildServiceProvider();
        using var channel = GrpcChannel.ForAddress("static:///echo", new()
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = services,
            ServiceConfig = new() { LoadBalancingConfigs = { new RoundRobinConfig() }, MethodConfigs = { Retrying } },
        });
        var client = new Echo.EchoClient(channel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));

        for (var seen = new HashSet<int>(); seen.Count < 2;) // until both connections stand
            seen.Add(await PortAsync(client, patience.Token));
        var ports = new List<int>();
        for (var i = 0; i < 20; i++)
            ports.Add(await PortAsync(client, patience.Token));

        ports.Count(port => port == first.Address.Port).ShouldBe(10);
        ports.Count(port => port == second.Address.Port).ShouldBe(10);

        await second.DisposeAsync();
        for (var i = 0; i < 20; i++)
            (await PortAsync(client, patience.Token)).ShouldBe(first.Address.Port);
    }

    private static BalancerAddress Address(EchoServer server) => new(IPAddress.Loopback.ToString(), server.Address.Port);

    private static async Task<int> PortAsync(Echo.EchoClient client, CancellationToken cancel) =>
        (await client.SayAsync(new() { Text = "where" }, new CallOptions(cancellationToken: cancel).WithWaitForReady())).Port;
}
