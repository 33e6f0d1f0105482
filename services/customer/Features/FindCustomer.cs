using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Customers.Features;

/// <summary>Leads from an identifier to the person: one indexed read, nothing is opened.</summary>
internal sealed class FindCustomer(Database database, LookupHash lookups, CustomerOptions options)
{
    public async Task<V1.FindCustomerResponse> HandleAsync(V1.FindCustomerRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        check.OptionalCountry("country", request.Country);
        var identifier = check.Identifier("identifier", request.Identifier, request.Country, options);
        check.ThrowIfAny();
        var lookup = IdentifierRow.LookupOf(identifier!, lookups); // a missing one is a violation, thrown above
        var owner = await database.ReadAsync(session => IdentifierRow.OwnerAsync(session, lookup), cancellationToken);
        return owner is { } customerId
            ? new V1.FindCustomerResponse { Outcome = V1.FindCustomerResponse.Types.Outcome.Found, CustomerId = customerId.ToString() }
            : new V1.FindCustomerResponse { Outcome = V1.FindCustomerResponse.Types.Outcome.Unknown };
    }
}
