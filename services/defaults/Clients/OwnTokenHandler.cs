using System.Net.Http.Headers;
using Loyalty.ServiceDefaults.Auth;

namespace Loyalty.ServiceDefaults.Clients;

/// <summary>Shows this service's own token to the service that it calls, and fetches another when that one is refused.</summary>
internal sealed class OwnTokenHandler(TokenSource tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = await tokens.TokenAsync(cancellationToken);
        if (token is null)
            return await base.SendAsync(request, cancellationToken);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var answer = await base.SendAsync(request, cancellationToken);
        // A refusal before the handler ran is a trailers-only answer: its status stands in the headers.
        if (answer.Headers.TryGetValues("grpc-status", out var status) && status.Contains("16", StringComparer.Ordinal))
            tokens.Refused(token);
        return answer;
    }
}
