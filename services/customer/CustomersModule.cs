using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.Api;
using Loyalty.Customers.Features;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Customers;

/// <summary>Who a person is, what they are recognised by and what they asked for.</summary>
public sealed class CustomersModule : ServiceModule
{
    public override string Name => "customer";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(CustomerOptions.Read(configuration));
        services.AddSingleton<PersonReader>();
        services.AddSingleton<RegisterCustomer>();
        services.AddSingleton<GetCustomer>();
        services.AddSingleton<BatchGetContacts>();
        services.AddSingleton<LinkIdentifier>();
        services.AddSingleton<FindCustomer>();
        services.AddSingleton<GetPreferences>();
        services.AddSingleton<SetPreferences>();
        services.AddSingleton<SetConsent>();
    }

    public override void MapGrpc(GrpcMap grpc) => grpc
        .Service<CustomerApi>(
            ("RegisterCustomer", "customer.write"),
            ("GetCustomer", "customer.read"),
            ("BatchGetContacts", "customer.contacts"))
        .Service<IdentityApi>(
            ("LinkIdentifier", "identity.write"),
            ("FindCustomer", "customer.read"))
        .Service<PreferenceApi>(
            ("GetPreferences", "customer.read"),
            ("SetPreferences", "customer.write"),
            ("SetConsent", "customer.write"));

    public override IMessage Heartbeat(DateTimeOffset now) => new V1.CustomerHeartbeat { SaidAt = now.ToTimestamp() };
}
