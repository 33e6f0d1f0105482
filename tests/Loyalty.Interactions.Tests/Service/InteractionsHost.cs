using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Interactions.Tests.Service;

/// <summary>A running interaction service, a customer service by hand, and somebody who hears what is said.</summary>
public abstract class InteractionsHost(Provider provider) : IAsyncLifetime
{
    private ServiceFixture? service;

    public ServiceFixture Service => service ?? throw new InvalidOperationException("not started");

    public InteractionService.InteractionServiceClient Interactions => Service.Client<InteractionService.InteractionServiceClient>();

    public EventEar Ear => Service.Services.GetRequiredService<EventEar>();

    /// <summary>What the customer service knows.</summary>
    public CustomersByHand Customers => Service.Services.GetRequiredService<CustomersByHand>();

    public async ValueTask InitializeAsync() =>
        service = await ServiceFixture.StartAsync(provider, new InteractionsModule(), new CustomersByHandModule(), new Listener());

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A request for a fact that no other test tells, about somebody whom customer knows.</summary>
    public RecordInteractionRequest Fact(Guid? customerId = null, InteractionKind kind = InteractionKind.Purchase) => new()
    {
        CustomerId = (customerId ?? Customers.Add()).ToString(),
        Kind = kind,
        SourceSystem = "shop",
        SourceId = Guid.NewGuid().ToString(),
        OccurredAt = Service.Clock.GetUtcNow().AddHours(-1).ToTimestamp(),
    };

    public async Task<Interaction> RecordAsync(RecordInteractionRequest request) => (await Interactions.RecordInteractionAsync(request)).Interaction;

    private sealed class Listener : ServiceModule
    {
        public override string Name => "recognition";

        public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<EventEar>();

        public override void MapGrpc(GrpcMap grpc)
        {
        }

        public override void Hear(EventMap events) => events.From("interaction").On<InteractionsRecorded, EarHandler<InteractionsRecorded>>();

        public override IMessage Heartbeat(DateTimeOffset now) => new RecognitionHeartbeat();
    }
}

public sealed class InteractionsOnSqlite() : InteractionsHost(Provider.Sqlite);

public sealed class InteractionsOnPostgres() : InteractionsHost(Provider.Postgres);
