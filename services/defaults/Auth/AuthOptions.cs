using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Auth;

/// <summary>How callers prove who they are, and how this service does towards others.</summary>
internal sealed class AuthOptions
{
    public AuthOptions(IConfiguration configuration, SettingReader reader, bool onLoopbackOnly)
    {
        On = reader.Choice("Auth:Mode", "jwt", "jwt", "none") is "jwt";
        Issuer = reader.Text("Auth:Issuer");
        Audience = reader.Text("Auth:Audience");
        JwksFile = reader.File("Auth:JwksFile");
        MetadataAddress = reader.Text("Auth:MetadataAddress") ?? (Issuer is null ? null : $"{Issuer.TrimEnd('/')}/.well-known/openid-configuration");
        ClockSkew = reader.Span("Auth:ClockSkew", TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.FromMinutes(5));
        TokenFile = reader.File("Auth:TokenFile");
        TokenEndpoint = reader.Text("Auth:TokenEndpoint") is null ? null : reader.Address("Auth:TokenEndpoint", "https://id.example/token");
        ClientId = reader.Text("Auth:ClientId");
        ClientSecret = reader.Text("Auth:ClientSecret");
        ClientScope = reader.Text("Auth:ClientScope");
        Grants = configuration.GetSection("Auth:Grants").GetChildren()
            .Where(grant => grant["Subject"] is { Length: > 0 })
            .ToLookup(grant => grant["Subject"]!, grant => grant["Scopes"] ?? "", StringComparer.Ordinal); // filtered one line above

        if (On)
        {
            if (Issuer is null)
                reader.Fault("Auth:Issuer", "is required while Auth__Mode is jwt (none is for loopback only)");
            if (Audience is null)
                reader.Fault("Auth:Audience", "is required while Auth__Mode is jwt");
            if (JwksFile is null && MetadataAddress is not null && !(Uri.TryCreate(MetadataAddress, UriKind.Absolute, out var metadata) && (metadata.Scheme is "https" || metadata.IsLoopback)))
                reader.Fault("Auth:MetadataAddress", "must be an https address: who can change the keys on the way can be anybody");
        }
        else if (!onLoopbackOnly && !reader.Flag("Auth:AllowNoneOnAnyAddress", fallback: false))
        {
            reader.Fault("Auth:Mode", "is none, but the host would listen beyond loopback: everybody could do everything; set Auth__AllowNoneOnAnyAddress=true if that is meant");
        }

        if (TokenEndpoint is not null && (ClientId is null || ClientSecret is null))
            reader.Fault("Auth:ClientId", "and Auth__ClientSecret are required beside Auth__TokenEndpoint");
    }

    public bool On { get; }

    public string? Issuer { get; }

    public string? Audience { get; }

    public string? JwksFile { get; }

    public string? MetadataAddress { get; }

    public TimeSpan ClockSkew { get; }

    public string? TokenFile { get; }

    public Uri? TokenEndpoint { get; }

    public string? ClientId { get; }

    public string? ClientSecret { get; }

    public string? ClientScope { get; }

    /// <summary>Scopes given here to subjects whose tokens carry none, as those of Kubernetes service accounts.</summary>
    public ILookup<string, string> Grants { get; }
}
