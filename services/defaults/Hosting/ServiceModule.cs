using Google.Protobuf;
using Loyalty.ServiceDefaults.Messaging;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>One service as the host sees it: its table of contents. A host runs one module, or all four (the mesh).</summary>
/// <remarks>Schema scripts are the embedded resources <c>Storage/schema/{postgres,sqlite}/NNNN_*.sql</c> of the module's assembly.</remarks>
public abstract class ServiceModule
{
    /// <summary>The deployed name: "customer". Also the name of its connection string, its queue prefix and its health entry.</summary>
    public abstract string Name { get; }

    /// <summary>Registers features, options and clients.</summary>
    public abstract void AddServices(IServiceCollection services, IConfiguration configuration);

    /// <summary>Maps the gRPC services and says which scope each RPC needs.</summary>
    public abstract void MapGrpc(GrpcMap grpc);

    /// <summary>Maps what is served over HTTP/1.1, beside health.</summary>
    public virtual void MapHttp(IEndpointRouteBuilder http)
    {
    }

    /// <summary>Says which events the service hears, and from whom.</summary>
    public virtual void Hear(EventMap events)
    {
    }

    /// <summary>The event that the service says every 10 s through its outbox.</summary>
    public abstract IMessage Heartbeat(DateTimeOffset now);
}
