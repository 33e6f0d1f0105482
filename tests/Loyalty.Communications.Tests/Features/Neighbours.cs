using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Communications.Tests.Features;

/// <summary>Stands where customer stands: says its events through a real outbox, and answers for addresses.</summary>
public sealed class CustomerNeighbour : ServiceModule
{
    public override string Name => "customer";

    public override void AddServices(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<AddressesThere>();

    public override void MapGrpc(GrpcMap grpc) => grpc.Service<ContactsThere>(
        ("RegisterCustomer", "customer.write"), ("GetCustomer", "customer.read"), ("BatchGetContacts", "customer.contacts"));

    public override IMessage Heartbeat(DateTimeOffset now) => new CustomerHeartbeat { SaidAt = now.ToTimestamp() };
}

/// <summary>Stands where interaction stands: is alive.</summary>
public sealed class InteractionNeighbour : ServiceModule
{
    public override string Name => "interaction";

    public override void AddServices(IServiceCollection services, IConfiguration configuration)
    {
    }

    public override void MapGrpc(GrpcMap grpc)
    {
    }

    public override IMessage Heartbeat(DateTimeOffset now) => new InteractionHeartbeat { SaidAt = now.ToTimestamp() };
}

/// <summary>What customer would answer.</summary>
public sealed class AddressesThere
{
    public ConcurrentDictionary<string, BatchGetContactsResponse.Types.CustomerContacts> ById { get; } = new(StringComparer.Ordinal);

    /// <summary>How many ids each call asked for.</summary>
    public ConcurrentQueue<int> Calls { get; } = new();
}

internal sealed class ContactsThere(AddressesThere addresses) : CustomerService.CustomerServiceBase
{
    public override Task<BatchGetContactsResponse> BatchGetContacts(BatchGetContactsRequest request, ServerCallContext context)
    {
        addresses.Calls.Enqueue(request.CustomerIds.Count);
        var found = request.CustomerIds.Select(id => addresses.ById.GetValueOrDefault(id)).OfType<BatchGetContactsResponse.Types.CustomerContacts>();
        return Task.FromResult(new BatchGetContactsResponse { Customers = { found } });
    }
}
