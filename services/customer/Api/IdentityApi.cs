using Grpc.Core;
using Loyalty.Customers.Features;
using Loyalty.ServiceDefaults.Auth;

namespace Loyalty.Customers.Api;

internal sealed class IdentityApi(LinkIdentifier link, FindCustomer find) : V1.IdentityService.IdentityServiceBase
{
    public override Task<V1.LinkIdentifierResponse> LinkIdentifier(V1.LinkIdentifierRequest request, ServerCallContext context) =>
        link.HandleAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<V1.FindCustomerResponse> FindCustomer(V1.FindCustomerRequest request, ServerCallContext context) =>
        find.HandleAsync(request, context.CancellationToken);
}
