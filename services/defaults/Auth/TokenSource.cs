using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>The token that this service shows to others; none where auth is off.</summary>
internal abstract class TokenSource
{
    public static TokenSource None { get; } = new Nothing();

    public static TokenSource Of(AuthOptions options) => options switch
    {
        { TokenFile: { } file } => new FileTokenSource(file, RealTime.Clock),
        { TokenEndpoint: not null } => new ClientCredentials(options, new HttpClient { Timeout = TimeSpan.FromSeconds(5) }, RealTime.Clock),
        _ => None,
    };

    public abstract ValueTask<string?> TokenAsync(CancellationToken cancellationToken);

    /// <summary>The other side did not accept this token: the next call asks for a new one.</summary>
    public abstract void Refused(string token);

    private sealed class Nothing : TokenSource
    {
        public override ValueTask<string?> TokenAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

        public override void Refused(string token)
        {
        }
    }
}

/// <summary>A token in a file that somebody renews, as Kubernetes does with projected service-account tokens; read again each minute.</summary>
internal sealed class FileTokenSource(string path, TimeProvider realTime) : TokenSource
{
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMinutes(1);

    private volatile Held? held;

    public override async ValueTask<string?> TokenAsync(CancellationToken cancellationToken)
    {
        if (held is { } known && realTime.GetElapsedTime(known.ReadAt) < ReadEvery)
            return known.Token;
        var token = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
        held = new Held(token, realTime.GetTimestamp());
        return token;
    }

    public override void Refused(string token) => held = null;

    private sealed record Held(string Token, long ReadAt);
}

/// <summary>OAuth 2 client credentials; a token is kept until four fifths of its life are over.</summary>
internal sealed class ClientCredentials(AuthOptions options, HttpClient http, TimeProvider realTime) : TokenSource, IDisposable
{
    private readonly SemaphoreSlim one = new(1);
    private volatile Held? held;

    public override async ValueTask<string?> TokenAsync(CancellationToken cancellationToken)
    {
        if (held is { } known && realTime.GetElapsedTime(known.FetchedAt) < known.Fresh)
            return known.Token;
        await one.WaitAsync(cancellationToken);
        try
        {
            if (held is { } fresh && realTime.GetElapsedTime(fresh.FetchedAt) < fresh.Fresh)
                return fresh.Token;
            return (held = await FetchAsync(cancellationToken)).Token;
        }
        finally
        {
            one.Release();
        }
    }

    public override void Refused(string token)
    {
        if (string.Equals(held?.Token, token, StringComparison.Ordinal))
            held = null;
    }

    public void Dispose()
    {
        http.Dispose();
        one.Dispose();
    }

    private async Task<Held> FetchAsync(CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = options.ClientId!, // AuthOptions requires id and secret beside the endpoint
            ["client_secret"] = options.ClientSecret!,
            ["audience"] = options.Audience ?? "",
        };
        if (options.ClientScope is { } scope)
            form["scope"] = scope;
        var askedAt = realTime.GetTimestamp();
        using var content = new FormUrlEncodedContent(form);
        using var answer = await http.PostAsync(options.TokenEndpoint, content, cancellationToken);
        answer.EnsureSuccessStatusCode();
        var token = await answer.Content.ReadFromJsonAsync<TokenAnswer>(cancellationToken);
        return token is { AccessToken.Length: > 0 }
            ? new Held(token.AccessToken, askedAt, TimeSpan.FromSeconds(Math.Max(token.ExpiresIn, 5) * 0.8))
            : throw new HttpRequestException("The token endpoint answered without a token.");
    }

    private sealed record Held(string Token, long FetchedAt, TimeSpan Fresh);

    private sealed record TokenAnswer([property: JsonPropertyName("access_token")] string AccessToken, [property: JsonPropertyName("expires_in")] int ExpiresIn);
}
