using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

public sealed class LimitTests
{
    [Theory]
    [InlineData(1_048_576, 900_000, StatusCode.OK)]
    [InlineData(1_048_576, 1_100_000, StatusCode.ResourceExhausted)]
    [InlineData(1_048_576, 12_000_000, StatusCode.ResourceExhausted)]
    public async Task A_message_over_the_limit_is_RESOURCE_EXHAUSTED_and_reaches_no_handler(int limit, int length, StatusCode expected)
    {
        var handled = 0;
        await using var host = await EchoHost.StartAsync(
            new EchoScript { Say = (_, _) => Task.FromResult(new SayResponse { Text = $"{Interlocked.Increment(ref handled)}" }) },
            new(StringComparer.Ordinal) { ["Grpc:MaxMessageBytes"] = $"{limit}" });

        var status = StatusCode.OK;
        try
        {
            await host.Client.SayAsync(new SayRequest { Text = new string('x', length) });
        }
        catch (RpcException refused)
        {
            status = refused.StatusCode;
        }

        status.ShouldBe(expected);
        handled.ShouldBe(expected == StatusCode.OK ? 1 : 0);
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        await using var host = await EchoHost.StartAsync();
        var withMore = SayRequest.Parser.ParseFrom([.. new SayRequest { Text = "x" }.ToByteArray(), 0xA2, 0x06, 1, 7]); // field 100

        (await host.Client.SayAsync(withMore)).Text.ShouldBe("x");
    }

    [Fact]
    public async Task More_calls_than_streams_wait_for_their_turn()
    {
        var running = 0;
        var most = 0;
        var release = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(
            new EchoScript
            {
                Say = async (_, _) =>
                {
                    var now = Interlocked.Increment(ref running);
                    InterlockedMax(ref most, now);
                    if (now == 3)
                        release.TrySetResult();
                    await release.Task;
                    Interlocked.Decrement(ref running);
                    return new SayResponse();
                },
            },
            new(StringComparer.Ordinal) { ["Grpc:MaxStreamsPerConnection"] = "3" });
        using var one = new SocketsHttpHandler { EnableMultipleHttp2Connections = false };
        var client = new EchoService.EchoServiceClient(host.Channel(new GrpcChannelOptions { HttpHandler = one }));

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => client.SayAsync(new SayRequest()).ResponseAsync)).WaitAsync(TimeSpan.FromSeconds(20));

        most.ShouldBe(3);
    }

    [Fact]
    public async Task An_old_connection_is_asked_to_end_while_its_calls_go_on()
    {
        var release = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(
            new EchoScript
            {
                Say = async (request, context) =>
                {
                    if (request.Text == "wait")
                        await release.Task;
                    return new SayResponse { Text = context.Peer };
                },
            },
            new(StringComparer.Ordinal) { ["Grpc:MaxConnectionAge"] = "00:00:00.300" });
        var client = host.Client;

        var first = (await client.SayAsync(new SayRequest())).Text;
        var longer = client.SayAsync(new SayRequest { Text = "wait" });
        await Eventually.ReachesAsync(async () => (await client.SayAsync(new SayRequest())).Text, peer => peer != first);
        release.SetResult();

        (await longer).Text.ShouldNotBeEmpty(); // it began on a connection that has since been told to go
    }

    [Fact]
    public async Task A_young_connection_is_kept()
    {
        await using var host = await EchoHost.StartAsync(new EchoScript { Say = (_, context) => Task.FromResult(new SayResponse { Text = context.Peer }) });
        var client = host.Client;
        var first = (await client.SayAsync(new SayRequest())).Text;

        for (var i = 0; i < 200; i++)
            (await client.SayAsync(new SayRequest())).Text.ShouldBe(first);
    }

    [Fact]
    public async Task Pages_are_served_on_the_HTTP_port_only()
    {
        await using var host = await EchoHost.StartAsync();
        using var http = new HttpClient();

        (await http.GetStringAsync(new Uri(host.Http, "page"))).ShouldBe("a page");
        using var overH2 = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Grpc, "page")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        (await http.SendAsync(overH2)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
            // Somebody else was quicker.
        }
    }
}
