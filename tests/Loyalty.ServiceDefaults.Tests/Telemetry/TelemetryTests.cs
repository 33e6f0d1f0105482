using System.Diagnostics;
using Grpc.Core;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Telemetry;

public sealed class TelemetryTests
{
    private static readonly ActivitySource Source = new("Loyalty.Tests");

    [Fact]
    public async Task One_trace_runs_through_the_call_and_the_call_that_it_makes()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var inner = await EchoHost.StartAsync(settings: Settings(collector, "inner"));
        EchoHost? outer = null;
        var script = new EchoScript
        {
            Say = async (request, _) =>
            {
                using var own = Source.StartActivity("think");
                return await outer!.TypedClient.SayAsync(request, deadline: Deadlines.In(TimeSpan.FromSeconds(10))); // set before the first call
            },
        };
        var settings = Settings(collector, "outer");
        settings["Services:echo"] = inner.Grpc.ToString();
        outer = await EchoHost.StartAsync(script, settings);
        await using var both = outer;

        await outer.Client.SayAsync(new SayRequest { Text = "x" }, new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });
        await outer.App.StopAsync();
        await inner.App.StopAsync();

        // What is still held is sent at the end; nobody has to wait for an interval.
        var trace = collector.Trace("0af7651916cd43dd8448eb211c80319c");
        // Two hosts in one process hear each other's spans, so each span is told twice here.
        var served = trace.Where(span => span.Name == "loyalty.tests.echo.v1.EchoService/Say").DistinctBy(span => span.SpanId).ToList();
        served.Count.ShouldBe(2);
        var first = served.Single(span => span.ParentSpanId == "b7ad6b7169203331");
        var second = served.Single(span => span != first);
        first.Attributes["rpc.system"].ShouldBe("grpc");
        first.Attributes["rpc.service"].ShouldBe("loyalty.tests.echo.v1.EchoService");
        first.Attributes["rpc.method"].ShouldBe("Say");
        first.Attributes["http.route"].ShouldBe("/loyalty.tests.echo.v1.EchoService/Say");
        first.Attributes["http.request.method"].ShouldBe("POST");
        first.Attributes["rpc.grpc.status_code"].ShouldBe("0");
        trace.ShouldContain(span => span.Name == "think" && span.ParentSpanId == first.SpanId);
        Ancestors(second).ShouldBe(["POST", "Grpc.Net.Client.GrpcOut", "think", "loyalty.tests.echo.v1.EchoService/Say"]);

        IEnumerable<string> Ancestors(ExportedSpan span)
        {
            for (var parent = span.ParentSpanId; trace.FirstOrDefault(other => other.SpanId == parent) is { } found; parent = found.ParentSpanId)
                yield return found.Name;
        }
    }

    [Fact]
    public async Task The_status_of_a_refused_call_is_on_its_span()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var host = await EchoHost.StartAsync(new EchoScript { Say = (_, _) => throw Refusal.NotFound("NOBODY", "Nobody.") }, Settings(collector, "echo"));

        await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest()));
        await host.App.StopAsync();

        collector.Spans.Single(span => span.Name == "loyalty.tests.echo.v1.EchoService/Say").Attributes["rpc.grpc.status_code"].ShouldBe("5");
    }

    [Fact]
    public async Task A_share_of_nothing_keeps_nothing()
    {
        await using var collector = await OtlpCollector.StartAsync();
        var settings = Settings(collector, "unsampled");
        settings["Telemetry:SampledShare"] = "0";
        await using var host = await EchoHost.StartAsync(settings: settings);

        await host.Client.SayAsync(new SayRequest());
        await host.App.StopAsync();

        collector.Spans.ShouldNotContain(span => span.Service == "unsampled" && span.Name.EndsWith("/Say", StringComparison.Ordinal));
    }

    private static Dictionary<string, string?> Settings(OtlpCollector collector, string name) => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint.ToString(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_SERVICE_NAME"] = name,
    };
}
