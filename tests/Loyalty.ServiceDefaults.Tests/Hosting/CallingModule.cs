using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

/// <summary>A service that serves nothing and calls "customer".</summary>
internal sealed class CallingModule : ServiceModule
{
    public override string Name => "calling";

    public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddServiceClient<Grpc.Health.V1.Health.HealthClient>("customer");

    public override void MapGrpc(GrpcMap grpc)
    {
    }

    public override IMessage Heartbeat(DateTimeOffset now) => now.ToTimestamp();
}
