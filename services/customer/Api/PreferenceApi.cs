using Grpc.Core;
using Loyalty.Customers.Features;
using Loyalty.ServiceDefaults.Auth;

namespace Loyalty.Customers.Api;

internal sealed class PreferenceApi(GetPreferences get, SetPreferences set, SetConsent consent) : V1.PreferenceService.PreferenceServiceBase
{
    public override Task<V1.GetPreferencesResponse> GetPreferences(V1.GetPreferencesRequest request, ServerCallContext context) =>
        get.HandleAsync(request, context.CancellationToken);

    public override Task<V1.SetPreferencesResponse> SetPreferences(V1.SetPreferencesRequest request, ServerCallContext context) =>
        set.HandleAsync(request, Caller.Of(context), context.CancellationToken);

    public override Task<V1.SetConsentResponse> SetConsent(V1.SetConsentRequest request, ServerCallContext context) =>
        consent.HandleAsync(request, Caller.Of(context), context.CancellationToken);
}
