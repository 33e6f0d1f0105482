using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Customers.Features;

/// <summary>Reads what a person asked for.</summary>
internal sealed class GetPreferences(Database database)
{
    public async Task<V1.GetPreferencesResponse> HandleAsync(V1.GetPreferencesRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        var customerId = check.Id("customer_id", request.CustomerId);
        check.ThrowIfAny();
        return await database.ReadAsync(
            async session =>
            {
                var customer = await CustomerRow.ReadAsync(session, customerId);
                var consents = await ConsentRow.OfAsync(session, customerId);
                return new V1.GetPreferencesResponse
                {
                    Preferences = customer.Preferences.ToWire(),
                    Etag = PersonReader.Etag(customer.PreferencesRevision),
                    Consents = { consents.Select(consent => consent.ToWire()) },
                };
            },
            cancellationToken);
    }
}
