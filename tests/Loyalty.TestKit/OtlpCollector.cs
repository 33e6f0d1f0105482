using System.Collections.Concurrent;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Loyalty.TestKit;

/// <summary>One exported span; ids in lower-case hex, an empty parent for a root, attribute values as text.</summary>
public sealed record ExportedSpan(
    string Service, string TraceId, string SpanId, string ParentSpanId, string Name, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> LinkedTraceIds);

/// <summary>A collector for OTLP over HTTP/protobuf on loopback that remembers the spans it is sent (metrics and logs are accepted and forgotten).</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ExportedSpan> spans = new();

    private OtlpCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        app = builder.Build();
        app.MapPost("/v1/traces", TakeTracesAsync);
        app.MapPost("/v1/{other}", () => Results.Bytes([], "application/x-protobuf"));
    }

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT, with OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.</summary>
    public Uri Endpoint => new(app.Urls.Single());

    /// <summary>Everything received so far, oldest first.</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. spans];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<OtlpCollector> StartAsync(CancellationToken cancellation = default)
    {
        var collector = new OtlpCollector();
        await collector.app.StartAsync(cancellation);
        return collector;
    }

    /// <summary>The spans of one trace, oldest first.</summary>
    public IReadOnlyList<ExportedSpan> Trace(string traceId) => [.. spans.Where(span => string.Equals(span.TraceId, traceId, StringComparison.Ordinal))];

    /// <inheritdoc />
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task<IResult> TakeTracesAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        foreach (var span in OtlpTraces.Read(body.ToArray())) spans.Enqueue(span);
        return Results.Bytes([], "application/x-protobuf");
    }
}

// The few fields of opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest that tests look at, by number.
internal static class OtlpTraces
{
    public static IEnumerable<ExportedSpan> Read(byte[] request)
    {
        foreach (var resourceSpans in Fields(request).Where(f => f.Number == 1))
        {
            var parts = Fields(resourceSpans.Bytes);
            var resource = parts.Where(f => f.Number == 1).SelectMany(f => Attributes(Fields(f.Bytes), 1)).ToDictionary(StringComparer.Ordinal);
            var service = resource.GetValueOrDefault("service.name", "");
            foreach (var scope in parts.Where(f => f.Number == 2))
                foreach (var span in Fields(scope.Bytes).Where(f => f.Number == 2))
                    yield return ReadSpan(service, Fields(span.Bytes));
        }
    }

    private static ExportedSpan ReadSpan(string service, List<Field> fields) => new(
        service, Hex(fields, 1), Hex(fields, 2), Hex(fields, 4), Text(fields, 5),
        Attributes(fields, 9).ToDictionary(StringComparer.Ordinal),
        [.. fields.Where(f => f.Number == 13).Select(link => Hex(Fields(link.Bytes), 1))]);

    private static IEnumerable<KeyValuePair<string, string>> Attributes(List<Field> fields, int number) =>
        fields.Where(f => f.Number == number).Select(f => Fields(f.Bytes)).Select(pair => KeyValuePair.Create(Text(pair, 1), Value(pair)));

    // AnyValue: 1 string, 2 bool, 3 int64, 4 double; arrays, maps and bytes are shown as their encoding.
    private static string Value(List<Field> pair)
    {
        var any = pair.Where(f => f.Number == 2).SelectMany(f => Fields(f.Bytes)).FirstOrDefault();
        return any.Number switch
        {
            0 => "",
            1 => System.Text.Encoding.UTF8.GetString(any.Bytes),
            2 => any.Varint == 0 ? "false" : "true",
            3 => ((long)any.Varint).ToString(System.Globalization.CultureInfo.InvariantCulture),
            4 => BitConverter.UInt64BitsToDouble(any.Varint).ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => Convert.ToHexStringLower(any.Bytes),
        };
    }

    private static string Hex(List<Field> fields, int number) => Convert.ToHexStringLower(fields.FirstOrDefault(f => f.Number == number).Bytes ?? []);

    private static string Text(List<Field> fields, int number) => System.Text.Encoding.UTF8.GetString(fields.FirstOrDefault(f => f.Number == number).Bytes ?? []);

    private static List<Field> Fields(byte[] message)
    {
        var fields = new List<Field>();
        using var input = new CodedInputStream(message);
        for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            fields.Add(WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => new Field(number, [], input.ReadUInt64()),
                WireFormat.WireType.Fixed64 => new Field(number, [], input.ReadFixed64()),
                WireFormat.WireType.Fixed32 => new Field(number, [], input.ReadFixed32()),
                WireFormat.WireType.LengthDelimited => new Field(number, input.ReadBytes().ToByteArray(), 0),
                var other => throw new InvalidDataException($"Field {number} has wire type {other}."),
            });
        }

        return fields;
    }

    private readonly record struct Field(int Number, byte[] Bytes, ulong Varint);
}
