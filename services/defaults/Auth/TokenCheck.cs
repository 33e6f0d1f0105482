using System.Collections.Concurrent;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Refusals;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>Tells from a bearer token who calls. A token that held is remembered until it expires, so its signature is checked once.</summary>
internal sealed class TokenCheck
{
    /// <summary>Only tokens with a good signature are remembered, so strangers cannot fill this.</summary>
    internal const int Remembered = 10_000;

    private const int LongestToken = 16 * 1024;
    private const int LongestSubject = 200;

    // Asymmetric only: with HS256 the public key of a careless issuer would sign anything.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly AuthOptions options;
    private readonly TimeProvider realTime;
    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false };
    private readonly ConcurrentDictionary<string, (Caller Caller, DateTimeOffset Until)> known = new(StringComparer.Ordinal);
    private readonly TokenValidationParameters rules;
    private readonly JwksFile? file;

    public TokenCheck(AuthOptions options)
        : this(options, RealTime.Clock)
    {
    }

    internal TokenCheck(AuthOptions options, TimeProvider realTime)
    {
        this.options = options;
        this.realTime = realTime;
        rules = new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            ClockSkew = options.ClockSkew,
            ValidAlgorithms = Algorithms,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
        };
        if (options.JwksFile is { } path)
        {
            file = new JwksFile(path, realTime);
            rules.IssuerSigningKeyResolver = (_, _, kid, _) => file.Keys(kid);
        }
        else if (options.MetadataAddress is { } metadata)
        {
            var fetch = new HttpDocumentRetriever { RequireHttps = !new Uri(metadata).IsLoopback };
            rules.ConfigurationManager = new ConfigurationManager<OpenIdConnectConfiguration>(metadata, new OpenIdConnectConfigurationRetriever(), fetch);
        }
    }

    /// <summary>How often a signature was really checked.</summary>
    internal int Checked { get; private set; }

    /// <summary>The caller behind an <c>authorization</c> header; refuses UNAUTHENTICATED.</summary>
    public ValueTask<Caller> CallerAsync(string? authorization)
    {
        if (string.IsNullOrEmpty(authorization))
            throw Unauthenticated("TOKEN_MISSING", "A bearer token is required.");
        if (!authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || authorization.Length > LongestToken)
            throw Unauthenticated("TOKEN_INVALID", "The authorization header holds no bearer token.");
        if (known.TryGetValue(authorization, out var entry))
        {
            if (entry.Until > realTime.GetUtcNow())
                return ValueTask.FromResult(entry.Caller);
            known.TryRemove(authorization, out _);
        }

        return new ValueTask<Caller>(CheckAsync(authorization));
    }

    private async Task<Caller> CheckAsync(string authorization)
    {
        Checked++;
        var result = await handler.ValidateTokenAsync(authorization["Bearer ".Length..].Trim(), rules);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken token)
        {
            throw result.Exception switch
            {
                SecurityTokenExpiredException => Unauthenticated("TOKEN_EXPIRED", "The token has expired."),
                SecurityTokenInvalidAudienceException => Unauthenticated("TOKEN_AUDIENCE", "The token is meant for somebody else."),
                _ => Unauthenticated("TOKEN_INVALID", "The token does not hold."),
            };
        }

        var subject = token.Subject is { Length: > 0 } sub ? sub : token.TryGetPayloadValue<string>("client_id", out var client) ? client : null;
        if (subject is null or { Length: 0 or > LongestSubject })
            throw Unauthenticated("TOKEN_INVALID", "The token names no subject.");
        var caller = Caller.Known(subject, ScopesOf(token).Concat(options.Grants[subject].SelectMany(Words)));
        Remember(authorization, caller, new DateTimeOffset(token.ValidTo, TimeSpan.Zero) + options.ClockSkew);
        return caller;
    }

    private static IEnumerable<string> ScopesOf(JsonWebToken token) =>
        token.Claims.Where(claim => claim.Type is "scope" or "scp").SelectMany(claim => Words(claim.Value));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private void Remember(string authorization, Caller caller, DateTimeOffset until)
    {
        if (known.Count >= Remembered)
        {
            var now = realTime.GetUtcNow();
            foreach (var (key, entry) in known)
            {
                if (entry.Until <= now)
                    known.TryRemove(key, out _);
            }

            if (known.Count >= Remembered)
                known.Clear();
        }

        known[authorization] = (caller, until);
    }

    private static Refusal Unauthenticated(string reason, string message) => new(RefusalKind.Unauthenticated, reason, message);
}
