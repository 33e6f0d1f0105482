using System.IO.Compression;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Grpc.Net.Compression;

namespace Loyalty.Standins.Tests.Wire;

public sealed class CompressionTests
{
    private static readonly string Long = new('a', 100_000);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Messages_are_compressed_both_ways(string encoding)
    {
        await using var server = await EchoServer.StartAsync(options => With(options, encoding));
        using var wire = new WireTap(new SocketsHttpHandler());
        using var channel = server.Connect(new() { HttpHandler = wire, CompressionProviders = Providers() });

        var answer = await new Echo.EchoClient(channel).SayAsync(
            new() { Text = Long }, [new("grpc-internal-encoding-request", encoding)], cancellationToken: TestContext.Current.CancellationToken);

        answer.Text.ShouldBe(Long);
        answer.RequestEncoding.ShouldBe(encoding);
        wire.ResponseEncoding.ShouldBe(encoding);
        wire.ResponseBytes.ShouldBeInRange(1, 2_000);
    }

    [Fact]
    public async Task Nothing_is_compressed_unless_asked()
    {
        await using var server = await EchoServer.StartAsync();
        using var wire = new WireTap(new SocketsHttpHandler());
        using var channel = server.Connect(new() { HttpHandler = wire });

        var answer = await new Echo.EchoClient(channel).SayAsync(new() { Text = Long }, cancellationToken: TestContext.Current.CancellationToken);

        answer.RequestEncoding.ShouldBe("");
        wire.ResponseBytes.ShouldBeGreaterThan(100_000);
    }

    private static void With(GrpcServiceOptions options, string encoding)
    {
        options.ResponseCompressionAlgorithm = encoding;
        options.ResponseCompressionLevel = CompressionLevel.Optimal;
        options.CompressionProviders = Providers();
    }

    private static List<ICompressionProvider> Providers() =>
        [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];
}
