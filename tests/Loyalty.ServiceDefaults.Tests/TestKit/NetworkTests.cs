using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Loyalty.TestKit;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Loyalty.ServiceDefaults.Tests.TestKit;

public sealed class NetworkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_proxy_forwards_holds_back_cuts_and_restores()
    {
        using var echo = new EchoServer();
        await using var proxy = new TcpProxy(echo.Port);

        using var client = await ConnectAsync(proxy.Port);
        (await EchoAsync(client)).ShouldBeTrue();

        proxy.Delay = TimeSpan.FromMilliseconds(100);
        var start = Stopwatch.GetTimestamp();
        (await EchoAsync(client)).ShouldBeTrue();
        Stopwatch.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(190));
        proxy.Delay = TimeSpan.Zero;

        proxy.FallSilent();
        var silent = EchoAsync(client);
        using var second = await ConnectAsync(proxy.Port);
        silent.IsCompleted.ShouldBeFalse();
        proxy.Restore();
        (await silent).ShouldBeTrue();

        proxy.Cut();
        (await EchoAsync(client)).ShouldBeFalse();
        await Should.ThrowAsync<SocketException>(() => ConnectAsync(proxy.Port));
        proxy.Restore();
        using var third = await ConnectAsync(proxy.Port);
        (await EchoAsync(third)).ShouldBeTrue();
        proxy.Accepted.ShouldBe(3);
    }

    [Fact]
    public async Task The_collector_reads_the_spans_of_the_real_exporter()
    {
        await using var collector = await OtlpCollector.StartAsync(Token);
        using var source = new ActivitySource("kit");
        using (var provider = Sdk.CreateTracerProviderBuilder().AddSource("kit")
            .ConfigureResource(resource => resource.AddService("kit-service"))
            .AddOtlpExporter(otlp => (otlp.Endpoint, otlp.Protocol) = (new Uri(collector.Endpoint, "v1/traces"), OtlpExportProtocol.HttpProtobuf))
            .Build())
        {
            using var parent = source.StartActivity("parent");
            using var child = source.StartActivity("child");
            child!.SetTag("text", "täxt").SetTag("number", 42).SetTag("flag", true); // the provider above samples everything
        }

        collector.Spans.Select(span => span.Name).ShouldBe(["parent", "child"], ignoreOrder: true);
        var root = collector.Spans.Single(span => span.Name is "parent");
        var leaf = collector.Spans.Single(span => span.Name is "child");
        root.ParentSpanId.ShouldBeEmpty();
        (leaf.Service, leaf.TraceId, leaf.ParentSpanId).ShouldBe(("kit-service", root.TraceId, root.SpanId));
        (leaf.Attributes["text"], leaf.Attributes["number"], leaf.Attributes["flag"]).ShouldBe(("täxt", "42", "true"));
        collector.Trace(root.TraceId).Count.ShouldBe(2);
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, Token);
        return socket;
    }

    private static async Task<bool> EchoAsync(Socket socket)
    {
        try
        {
            var answer = new byte[4];
            await socket.SendAsync("ping"u8.ToArray(), Token);
            return await socket.ReceiveAsync(answer, Token) == 4 && answer.AsSpan().SequenceEqual("ping"u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class EchoServer : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public EchoServer()
        {
            listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync()
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(Token);
                _ = client.GetStream().CopyToAsync(client.GetStream(), Token);
            }
        }
    }
}
