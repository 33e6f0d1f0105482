using Google.Protobuf;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Customers.Tests.Service;

/// <summary>A running customer service, and somebody who hears what it says.</summary>
public abstract class CustomersHost(Provider provider) : IAsyncLifetime
{
    private ServiceFixture? service;

    public ServiceFixture Service => service ?? throw new InvalidOperationException("not started");

    public CustomerService.CustomerServiceClient Customers => Service.Client<CustomerService.CustomerServiceClient>();

    public IdentityService.IdentityServiceClient Identities => Service.Client<IdentityService.IdentityServiceClient>();

    public PreferenceService.PreferenceServiceClient Preferences => Service.Client<PreferenceService.PreferenceServiceClient>();

    public EventEar Ear => Service.Services.GetRequiredService<EventEar>();

    public async ValueTask InitializeAsync() => service = await ServiceFixture.StartAsync(provider, new CustomersModule(), new Listener());

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Registers somebody with these identifiers and returns them.</summary>
    public async Task<Customer> RegisterAsync(params Identifier[] identifiers) =>
        (await Customers.RegisterCustomerAsync(Samples.Registration(identifiers))).Customer;

    public async Task<RefusedCall> RegisterRefusedAsync(params Identifier[] identifiers) =>
        await RefusedCall.OfAsync(Customers.RegisterCustomerAsync(Samples.Registration(identifiers)));

    private sealed class Listener : ServiceModule
    {
        public override string Name => "communication";

        public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<EventEar>();

        public override void MapGrpc(GrpcMap grpc)
        {
        }

        public override void Hear(EventMap events) => events.From("customer")
            .On<CustomerRegistered, EarHandler<CustomerRegistered>>()
            .On<ContactsChanged, EarHandler<ContactsChanged>>()
            .On<PreferencesChanged, EarHandler<PreferencesChanged>>()
            .On<ConsentChanged, EarHandler<ConsentChanged>>();

        public override IMessage Heartbeat(DateTimeOffset now) => new CommunicationHeartbeat();
    }
}

public sealed class CustomersOnSqlite() : CustomersHost(Provider.Sqlite);

public sealed class CustomersOnPostgres() : CustomersHost(Provider.Postgres);
