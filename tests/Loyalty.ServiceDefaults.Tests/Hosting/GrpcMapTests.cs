using Grpc.AspNetCore.Server;
using Grpc.Core;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

public sealed class GrpcMapTests
{
    [Fact]
    public async Task A_host_whose_RPC_lacks_a_scope_does_not_start()
    {
        var module = new EchoModule(scopes: EchoModule.Scopes[1..]);

        var fault = await Should.ThrowAsync<InvalidOperationException>(() => EchoHost.StartAsync(module: module));

        fault.Message.ShouldContain("Say has no row");
    }

    [Theory]
    [InlineData("Shout", "echo.say", "Shout is no RPC of it")]
    [InlineData("Say", "echo.say", "Say has two rows")]
    [InlineData("Chat", " ", "Chat names no scope")]
    public async Task A_wrong_row_stops_the_start(string method, string scope, string fault)
    {
        var module = new EchoModule(scopes: [.. EchoModule.Scopes, (method, scope)]);

        (await Should.ThrowAsync<InvalidOperationException>(() => EchoHost.StartAsync(module: module))).Message.ShouldContain(fault);
    }

    [Fact]
    public async Task Every_RPC_that_is_mapped_has_a_scope_or_is_open_on_purpose()
    {
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Reflection:Enabled"] = "true" });

        var endpoints = host.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(endpoint => (Method: endpoint.Metadata.GetMetadata<GrpcMethodMetadata>(), Scope: endpoint.Metadata.GetMetadata<RequiredScope>()))
            .Where(endpoint => endpoint.Method is not null)
            .ToList();

        endpoints.ShouldAllBe(endpoint => endpoint.Scope != null);
        endpoints.Where(endpoint => endpoint.Scope == RequiredScope.None).Select(endpoint => endpoint.Method!.Method.FullName).ShouldBe(
        [
            "/grpc.health.v1.Health/Check",
            "/grpc.health.v1.Health/Watch",
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        ], ignoreOrder: true);
        endpoints.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Without_auth_everybody_is_anonymous_and_may_do_everything()
    {
        Caller? caller = null;
        await using var host = await EchoHost.StartAsync(new EchoScript
        {
            Say = (_, context) =>
            {
                caller = Caller.Of(context);
                return Task.FromResult(new SayResponse());
            },
        });

        await host.Client.SayAsync(new SayRequest());

        caller.ShouldNotBeNull().Subject.ShouldBe("anonymous");
        caller.Has("anything").ShouldBeTrue();
    }

    [Fact]
    public async Task An_unknown_method_is_unimplemented()
    {
        await using var host = await EchoHost.StartAsync();
        var method = new Method<SayRequest, SayResponse>(MethodType.Unary, "loyalty.tests.echo.v1.EchoService", "Shout", Marshallers.Create(_ => [], _ => new SayRequest()), Marshallers.Create(_ => [], _ => new SayResponse()));

        var status = await Should.ThrowAsync<RpcException>(async () => await host.Channel().CreateCallInvoker().AsyncUnaryCall(method, null, default, new SayRequest()));

        status.StatusCode.ShouldBe(StatusCode.Unimplemented);
    }
}
