using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Refusals;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Interactions.Tests.Service;

/// <summary>The customer service as far as interaction sees it: people by id and by card.</summary>
public sealed class CustomersByHand
{
    private readonly ConcurrentDictionary<Guid, string> cards = new();

    /// <summary>True: every call is refused as if the service were away.</summary>
    public bool Away { get; set; }

    public Guid Add(string card = "")
    {
        var id = Guid.CreateVersion7();
        cards[id] = card;
        return id;
    }

    public bool Has(Guid id) => Present(cards.ContainsKey(id));

    public Guid? Find(string card) => Present(cards.Where(entry => entry.Value == card).Select(entry => (Guid?)entry.Key).FirstOrDefault());

    private T Present<T>(T answer) => Away ? throw new Refusal(RefusalKind.Unavailable, "AWAY", "away") : answer;
}

public sealed class CustomersByHandModule : ServiceModule
{
    public override string Name => "customer";

    public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<CustomersByHand>();

    public override void MapGrpc(GrpcMap grpc) => grpc
        .Service<CustomerCalls>(("RegisterCustomer", "any"), ("GetCustomer", "any"), ("BatchGetContacts", "any"))
        .Service<IdentityCalls>(("LinkIdentifier", "any"), ("FindCustomer", "any"));

    public override IMessage Heartbeat(DateTimeOffset now) => new CustomerHeartbeat();

    private sealed class CustomerCalls(CustomersByHand customers) : CustomerService.CustomerServiceBase
    {
        public override Task<GetCustomerResponse> GetCustomer(GetCustomerRequest request, ServerCallContext context) =>
            customers.Has(Guid.Parse(request.CustomerId))
                ? Task.FromResult(new GetCustomerResponse { Customer = new Customer { CustomerId = request.CustomerId } })
                : throw Refusal.NotFound("CUSTOMER_UNKNOWN", "No customer has this id.");
    }

    private sealed class IdentityCalls(CustomersByHand customers) : IdentityService.IdentityServiceBase
    {
        public override Task<FindCustomerResponse> FindCustomer(FindCustomerRequest request, ServerCallContext context)
        {
            if (request.Identifier.Value.Length == 0)
                throw Refusal.Invalid("identifier.value", "is required");
            return Task.FromResult(customers.Find(request.Identifier.Value) is { } id
                ? new FindCustomerResponse { Outcome = FindCustomerResponse.Types.Outcome.Found, CustomerId = id.ToString() }
                : new FindCustomerResponse { Outcome = FindCustomerResponse.Types.Outcome.Unknown });
        }
    }
}
