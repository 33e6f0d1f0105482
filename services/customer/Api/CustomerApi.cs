using Grpc.Core;
using Loyalty.Customers.Features;
using Loyalty.ServiceDefaults.Auth;

namespace Loyalty.Customers.Api;

internal sealed class CustomerApi(RegisterCustomer register, GetCustomer get, BatchGetContacts contacts) : V1.CustomerService.CustomerServiceBase
{
    public override Task<V1.RegisterCustomerResponse> RegisterCustomer(V1.RegisterCustomerRequest request, ServerCallContext context) =>
        register.HandleAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<V1.GetCustomerResponse> GetCustomer(V1.GetCustomerRequest request, ServerCallContext context) =>
        get.HandleAsync(request, context.CancellationToken);

    public override Task<V1.BatchGetContactsResponse> BatchGetContacts(V1.BatchGetContactsRequest request, ServerCallContext context) =>
        contacts.HandleAsync(request, context.CancellationToken);
}
