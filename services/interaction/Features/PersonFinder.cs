using Loyalty.Customers.V1;
using Loyalty.Interactions.Storage;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Interactions.Features;

/// <summary>Finds out whom a fact is about: known ids need no call, others and identifiers are asked of customer.</summary>
internal sealed class PersonFinder(
    Database database,
    CustomerService.CustomerServiceClient customers,
    IdentityService.IdentityServiceClient identities,
    InteractionOptions options)
{
    /// <exception cref="Refusal">CUSTOMER_UNKNOWN, CUSTOMER_SERVICE_AWAY, or customer's INVALID_ARGUMENT for the identifier.</exception>
    public async Task<Guid> ByIdentifierAsync(Identifier identifier, CancellationToken cancellationToken)
    {
        var found = await identities.FindCustomerAsync(
            new FindCustomerRequest { Identifier = identifier }, deadline: Deadlines.In(options.CustomerDeadline), cancellationToken: cancellationToken);
        return found.Outcome == FindCustomerResponse.Types.Outcome.Found
            ? Guid.Parse(found.CustomerId)
            : throw Refusal.NotFound("CUSTOMER_UNKNOWN", "No customer has this identifier.");
    }

    /// <exception cref="Refusal">CUSTOMER_UNKNOWN, CUSTOMER_SERVICE_AWAY.</exception>
    public async Task EnsureKnownAsync(Guid customerId, CancellationToken cancellationToken)
    {
        if (await database.ReadAsync(session => KnownCustomers.HasAsync(session, customerId), cancellationToken))
            return;

        // Registered a moment ago, and the event is still under way: customer itself knows.
        await customers.GetCustomerAsync(
            new GetCustomerRequest { CustomerId = customerId.ToString() },
            deadline: Deadlines.In(options.CustomerDeadline),
            cancellationToken: cancellationToken);
        await database.WriteAsync(tx => KnownCustomers.AddAsync(tx, customerId), cancellationToken);
    }
}
