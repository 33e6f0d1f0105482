using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Customers.Features;

/// <summary>Reads one person.</summary>
internal sealed class GetCustomer(Database database, PersonReader people)
{
    public async Task<V1.GetCustomerResponse> HandleAsync(V1.GetCustomerRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        var customerId = check.Id("customer_id", request.CustomerId);
        check.ThrowIfAny();
        return new V1.GetCustomerResponse
        {
            Customer = await database.ReadAsync(session => people.ReadAsync(session, customerId), cancellationToken),
        };
    }
}
