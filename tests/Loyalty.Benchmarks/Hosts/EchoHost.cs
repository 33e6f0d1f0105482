using System.Globalization;
using System.Net;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Benchmarks.Hosts;

/// <summary>
/// Grpc.AspNetCore.Server and nothing else: the same contract as ours and an answer of the same bytes, made of nothing. What is
/// between it and ours is our work; what is above it nobody gets on this machine.
/// </summary>
internal static class EchoHost
{
    public const string Verb = "serve-echo";

    public static ChildProcess Start(int port, CheckAttentionResponse answer) => ChildProcess.Start(new ChildStart(
        Repository.Dotnet, [typeof(EchoHost).Assembly.Location, Verb, port.ToString(CultureInfo.InvariantCulture), Convert.ToBase64String(Google.Protobuf.MessageExtensions.ToByteArray(answer))]));

    public static async Task<int> RunAsync(string port, string answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(CheckAttentionResponse.Parser.ParseFrom(Convert.FromBase64String(answer)));
        builder.Services.AddGrpc();
        await using var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<EchoAttention>();
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("echo listens"));
        await app.RunAsync();
        return 0;
    }

    private sealed class EchoAttention(CheckAttentionResponse answer) : AttentionService.AttentionServiceBase
    {
        public override Task<CheckAttentionResponse> CheckAttention(CheckAttentionRequest request, ServerCallContext context) => Task.FromResult(answer);
    }
}
