using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Loyalty.TestKit;

/// <summary>Signs tokens as an identity provider would, and writes its public keys as JWKS.</summary>
public sealed class Issuer : IDisposable
{
    /// <summary>For Auth__Issuer.</summary>
    public const string Name = "https://id.example";
    /// <summary>For Auth__Audience.</summary>
    public const string Audience = "loyalty";

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string kid = Guid.NewGuid().ToString("N");

    /// <summary>The public key, as Auth__JwksFile wants it.</summary>
    public string Jwks
    {
        get
        {
            var point = key.ExportParameters(includePrivateParameters: false).Q;
            return JsonSerializer.Serialize(new
            {
                keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", kid, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } },
            });
        }
    }

    /// <summary>A signed token; it lives ten minutes from now unless told otherwise, and a negative span has passed.</summary>
    public string Token(
        string? subject = "till-7", string scope = "echo.say", TimeSpan? lives = null, string audience = Audience, string issuer = Name, Action<SecurityTokenDescriptor>? change = null)
    {
        var now = DateTime.UtcNow;
        var expires = now + (lives ?? TimeSpan.FromMinutes(10));
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["scope"] = scope };
        if (subject is not null)
            claims["sub"] = subject;
        var token = new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            NotBefore = expires.AddHours(-1),
            IssuedAt = expires.AddHours(-1),
            Expires = expires,
            Claims = claims,
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key) { KeyId = kid, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }, SecurityAlgorithms.EcdsaSha256),
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    /// <summary>A small identity provider over HTTP: discovery, keys, and tokens for clients who know the secret.</summary>
    public async Task<WebApplication> ServeAsync(Func<Task<string>>? tokenAnswer = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(async context =>
        {
            var own = $"http://{context.Request.Host}";
            switch (context.Request.Path.Value)
            {
                case "/.well-known/openid-configuration":
                    await context.Response.WriteAsync(JsonSerializer.Serialize(new { issuer = own, jwks_uri = $"{own}/keys" }));
                    return;
                case "/keys":
                    await context.Response.WriteAsync(Jwks);
                    return;
                case "/token" when tokenAnswer is not null && (await context.Request.ReadFormAsync())["client_secret"] == "s3cret":
                    context.Response.ContentType = "application/json";
                    await context.Response.WriteAsync(await tokenAnswer());
                    return;
                default:
                    context.Response.StatusCode = 404;
                    return;
            }
        });
        await app.StartAsync();
        return app;
    }

    /// <inheritdoc />
    public void Dispose() => key.Dispose();
}
