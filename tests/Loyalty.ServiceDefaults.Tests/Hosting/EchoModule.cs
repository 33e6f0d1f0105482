using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

/// <summary>What the echo service does when it is asked; each test puts in what it needs.</summary>
internal sealed class EchoScript
{
    public Func<SayRequest, ServerCallContext, Task<SayResponse>> Say { get; init; } = (request, _) => Task.FromResult(new SayResponse { Text = request.Text });

    public Func<string, string> Each { get; init; } = text => text;
}

internal sealed class EchoCalls(EchoScript script) : EchoService.EchoServiceBase
{
    public override Task<SayResponse> Say(SayRequest request, ServerCallContext context) => script.Say(request, context);

    public override async Task<CollectResponse> Collect(IAsyncStreamReader<CollectRequest> requestStream, ServerCallContext context)
    {
        var all = new CollectResponse();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            all.Text += script.Each(request.Text);
        return all;
    }

    public override async Task Repeat(RepeatRequest request, IServerStreamWriter<RepeatResponse> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Times; i++)
            await responseStream.WriteAsync(new RepeatResponse { Text = script.Each(request.Text) }, context.CancellationToken);
    }

    public override async Task Chat(IAsyncStreamReader<ChatRequest> requestStream, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(new ChatResponse { Text = script.Each(request.Text) }, context.CancellationToken);
    }
}

/// <summary>A service with nothing but the echo; calls itself "echo".</summary>
internal sealed class EchoModule(EchoScript? script = null, params (string Method, string Scope)[] scopes) : ServiceModule
{
    public static readonly (string Method, string Scope)[] Scopes = [("Say", "echo.say"), ("Collect", "echo.stream"), ("Repeat", "echo.stream"), ("Chat", "echo.stream")];

    public override string Name => "echo";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(script ?? new EchoScript());
        services.AddSingleton<EchoCalls>();
        services.AddServiceClient<EchoService.EchoServiceClient>("echo");
    }

    public override void MapGrpc(GrpcMap grpc) => grpc.Service<EchoCalls>(scopes.Length == 0 ? Scopes : scopes);

    public override void MapHttp(IEndpointRouteBuilder http) => http.MapGet("/page", () => Results.Text("a page"));

    public override IMessage Heartbeat(DateTimeOffset now) => now.ToTimestamp();
}
