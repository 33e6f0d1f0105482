using Grpc.Core;

namespace Loyalty.Standins.Tests.Wire;

/// <summary>Messages that are larger than a side will take.</summary>
public sealed class LimitTests
{
    private static readonly string Big = new('b', 5 * 1024 * 1024);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_refuses_more_than_its_limit()
    {
        await using var server = await EchoServer.StartAsync(); // 4 MB unless told otherwise
        using var channel = server.Connect();

        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new() { Text = Big }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        server.Log.CallsOf(Big).ShouldBe(0);
    }

    [Fact]
    public async Task The_client_refuses_more_than_its_limit()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = null);
        using var channel = server.Connect(); // 4 MB unless told otherwise

        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await new Echo.EchoClient(channel).SayAsync(new() { Text = Big }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        server.Log.CallsOf(Big).ShouldBe(1);
    }

    [Fact]
    public async Task Raised_limits_let_a_big_message_through()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = 6 * 1024 * 1024);
        using var channel = server.Connect(new() { MaxReceiveMessageSize = 6 * 1024 * 1024 });

        (await new Echo.EchoClient(channel).SayAsync(new() { Text = Big }, cancellationToken: Cancel)).Text.Length.ShouldBe(Big.Length);
    }

    [Fact]
    public async Task The_limit_counts_unpacked_bytes()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = server.Connect();

        var refusal = await Should.ThrowAsync<RpcException>(async () => await new Echo.EchoClient(channel).SayAsync(
            new() { Text = Big }, [new("grpc-internal-encoding-request", "gzip")], cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
    }
}
