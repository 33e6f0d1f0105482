using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.V1;
using Loyalty.Interactions.Api;
using Loyalty.Interactions.Features;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Interactions;

/// <summary>What happened between people and us: one timeline for every person.</summary>
public sealed class InteractionsModule : ServiceModule
{
    public override string Name => "interaction";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(InteractionOptions.Read(configuration));
        services.AddSingleton<PersonFinder>();
        services.AddSingleton<RecordInteraction>();
        services.AddSingleton<ListInteractions>();
        services.AddServiceClient<CustomerService.CustomerServiceClient>("customer");
        services.AddServiceClient<IdentityService.IdentityServiceClient>("customer");
    }

    public override void MapGrpc(GrpcMap grpc) => grpc
        .Service<InteractionApi>(
            ("RecordInteraction", "interaction.write"),
            ("ListInteractions", "interaction.read"));

    public override void Hear(EventMap events) => events
        .From("customer")
        .On<CustomerRegistered, KnowRegisteredCustomer>();

    public override IMessage Heartbeat(DateTimeOffset now) => new V1.InteractionHeartbeat { SaidAt = now.ToTimestamp() };
}
