using System.Text;
using Grpc.AspNetCore.Server;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.RateLimits;
using Loyalty.ServiceDefaults.Refusals;
using Microsoft.AspNetCore.Http;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>
/// Before a call's message is read: who calls, may they call this, and not too often? A "no" here costs neither the message nor the handler.
/// </summary>
/// <remarks>A middleware and not an interceptor, because interceptors run when the message (up to 4 MB) has been read and parsed.</remarks>
internal sealed class Gatekeeper(RequestDelegate next, AuthOptions options, TokenCheck tokens, CallerRates rates)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var endpoint = http.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<GrpcMethodMetadata>() is not { } method)
        {
            if (endpoint?.Metadata.GetMetadata<PlainHttpOnly>() is not null && HttpProtocol.IsHttp2(http.Request.Protocol))
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            else
                await next(http);
            return;
        }

        var required = endpoint.Metadata.GetMetadata<RequiredScope>();
        if (required != RequiredScope.None)
        {
            try
            {
                // GrpcMap has given every RPC its row; without one nobody may call.
                var scope = required?.Scope ?? throw new Refusal(RefusalKind.PermissionDenied, "SCOPE_MISSING", $"{method.Method.FullName} is open to nobody.");
                var caller = options.On ? await tokens.CallerAsync(http.Request.Headers.Authorization) : Caller.Anonymous;
                if (!caller.Has(scope))
                    throw new Refusal(RefusalKind.PermissionDenied, "SCOPE_MISSING", $"The token lacks the scope {scope}.") { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["scope"] = scope } };
                rates.Take(caller);
                http.Features.Set(caller);
            }
            catch (Refusal refusal)
            {
                Answer(http, refusal);
                return;
            }
        }

        await next(http);
    }

    /// <summary>A trailers-only answer: the whole status stands in the headers, and there is no body.</summary>
    private static void Answer(HttpContext http, Refusal refusal)
    {
        var headers = http.Response.Headers;
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "application/grpc";
        headers["grpc-status"] = ((int)RefusalStatus.CodeOf(refusal.Kind)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        headers["grpc-message"] = Escaped(refusal.Message);
        headers[RefusalStatus.Trailer] = Convert.ToBase64String(RefusalStatus.Write(refusal)).TrimEnd('=');
    }

    /// <summary>gRPC percent-encodes what is not printable ASCII, and the percent sign.</summary>
    private static string Escaped(string message)
    {
        var escaped = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(message))
        {
            if (unit is >= 0x20 and <= 0x7E and not (byte)'%')
                escaped.Append((char)unit);
            else
                escaped.Append('%').Append(unit.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }

        return escaped.ToString();
    }
}

/// <summary>Marks what is meant for the HTTP/1.1 port: it is not answered on the gRPC port, where other people may be let in.</summary>
internal sealed class PlainHttpOnly
{
    public static PlainHttpOnly Yes { get; } = new();
}
