using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Telemetry;

/// <summary>Where telemetry goes. The names without a section are OpenTelemetry's own.</summary>
internal sealed class TelemetryOptions
{
    public TelemetryOptions(string name, SettingReader reader)
    {
        ServiceName = reader.Text("OTEL_SERVICE_NAME", $"loyalty-{name}");
        Endpoint = reader.Text("OTEL_EXPORTER_OTLP_ENDPOINT") is null ? null : reader.Address("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317");
        HttpProtobuf = reader.Choice("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "grpc", "http/protobuf") is "http/protobuf";
        Sampled = reader.Fraction("Telemetry:SampledShare", 1, 0, 1);
        MetricsEvery = reader.Span("Telemetry:MetricsEvery", TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
    }

    public string ServiceName { get; }

    /// <summary>An OTLP receiver; without it nothing is measured and nothing is sent.</summary>
    public Uri? Endpoint { get; }

    public bool HttpProtobuf { get; }

    /// <summary>The share of traces begun here that is kept, 0 to 1; whoever calls with a trace has decided for us.</summary>
    public double Sampled { get; }

    public TimeSpan MetricsEvery { get; }
}
