using System.Globalization;
using System.Net;
using Loyalty.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Loyalty.Benchmarks.Hosts;

/// <summary>Kestrel and nothing else: it answers every call as grpc.health.v1 says SERVING. The least that a .NET host can start with.</summary>
internal static class BareHost
{
    public const string Verb = "serve-bare";

    // A frame: not compressed, two bytes long; field 1, a varint: SERVING.
    private static readonly byte[] Serving = [0, 0, 0, 0, 2, 8, 1];

    public static ChildProcess Start(int port) => ChildProcess.Start(new ChildStart(
        Repository.Dotnet, [typeof(BareHost).Assembly.Location, Verb, port.ToString(CultureInfo.InvariantCulture)]));

    public static async Task<int> RunAsync(string port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), listen => listen.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.RunAsync();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(Serving, context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
