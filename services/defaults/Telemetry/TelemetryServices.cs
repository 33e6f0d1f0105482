using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Loyalty.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry by its core packages: the hosting and instrumentation packages are not in the registry, and are not missed.</summary>
internal static class TelemetryServices
{
    // Grpc.Net.Client makes its span whether or not anybody listens: without it here the trace would have a hole between caller and request.
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "Grpc.Net.Client", "System.Net.Http", "MassTransit", "Npgsql", "RabbitMQ.Client.*", "Loyalty", "Loyalty.*"];

    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "MassTransit", "Npgsql", "Loyalty", "Loyalty.*"];

    public static void AddTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        if (options.Endpoint is not { } endpoint)
            return;

        // Off by default in .NET 10, which leaves spans of requests without method, route and status.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", isEnabled: false);
        var resource = ResourceBuilder.CreateDefault().AddService(options.ServiceName, serviceNamespace: "loyalty", serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}");
        void To(OtlpExporterOptions otlp, string path) => (otlp.Endpoint, otlp.Protocol) = options.HttpProtobuf
            ? (new Uri(endpoint, path), OtlpExportProtocol.HttpProtobuf)
            : (endpoint, OtlpExportProtocol.Grpc);

        services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.Sampled)))
            .AddSource(Sources)
            .AddOtlpExporter(otlp => To(otlp, "v1/traces"))
            .Build());
        services.AddSingleton(_ => Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Meters)
            .AddOtlpExporter((otlp, reader) =>
            {
                To(otlp, "v1/metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)options.MetricsEvery.TotalMilliseconds;
            })
            .Build());
        services.AddLogging(logging => logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(resource);
            logs.IncludeScopes = true;
            logs.AddOtlpExporter(otlp => To(otlp, "v1/logs"));
        }));

        // Registered before the modules' own, so that it is started first and stopped last: what they say at their end is still sent.
        services.AddHostedService<Providers>();
    }

    /// <summary>Builds the providers at start; they send what they still hold when the container disposes them.</summary>
    private sealed class Providers(TracerProvider traces, MeterProvider metrics) : IHostedService
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
            () =>
            {
                traces.ForceFlush((int)Patience.TotalMilliseconds);
                metrics.ForceFlush((int)Patience.TotalMilliseconds);
            },
            cancellationToken);
    }
}
