using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Storage;

/// <summary>A module with nothing but a name and a heartbeat.</summary>
public class ProbeModule : ServiceModule
{
    public override string Name => "customer";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public override void MapGrpc(GrpcMap grpc)
    {
    }

    public override IMessage Heartbeat(DateTimeOffset now) => new CustomerHeartbeat { SaidAt = now.ToTimestamp() };
}
