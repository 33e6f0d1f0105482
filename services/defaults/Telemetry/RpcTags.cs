using System.Diagnostics;
using System.Globalization;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Loyalty.ServiceDefaults.Telemetry;

/// <summary>Gives the spans and durations of gRPC calls their names: service, method, route and status. Without this every call is "POST".</summary>
internal sealed class RpcTags(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var span = http.Features.Get<IHttpActivityFeature>()?.Activity;
        var metrics = http.Features.Get<IHttpMetricsTagsFeature>();
        if ((span is null && metrics is null) || http.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } grpc)
        {
            await next(http);
            return;
        }

        if (span is { IsAllDataRequested: true })
        {
            span.DisplayName = grpc.Method.FullName.TrimStart('/');
            span.SetTag("rpc.system", "grpc");
            span.SetTag("rpc.service", grpc.Method.ServiceName);
            span.SetTag("rpc.method", grpc.Method.Name);
            span.SetTag("http.route", grpc.Method.FullName);
        }

        await next(http);

        var status = StatusOf(http);
        metrics?.Tags.Add(new KeyValuePair<string, object?>("rpc.grpc.status_code", status));
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("rpc.grpc.status_code", status);
            // Ours to mend: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. A refusal is no error of the service.
            if (status is 2 or 4 or 12 or 13 or 14 or 15)
                span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static int StatusOf(HttpContext http)
    {
        var trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var text = trailers is not null && trailers.TryGetValue("grpc-status", out var trailer) ? trailer : http.Response.Headers["grpc-status"];
        return int.TryParse(text, CultureInfo.InvariantCulture, out var status) ? status : 0;
    }
}
