using System.Security.Cryptography.X509Certificates;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Clients;

/// <summary>Where the other services are and how they are trusted.</summary>
internal sealed class ClientSettings
{
    private readonly Dictionary<string, Uri> addresses = new(StringComparer.OrdinalIgnoreCase);

    public ClientSettings(IConfiguration configuration, SettingReader reader)
    {
        foreach (var service in configuration.GetSection("Services").GetChildren())
        {
            var address = reader.Address($"Services:{service.Key}", "dns:///customer:8080");
            if (address.Scheme is not ("http" or "https" or "dns"))
                reader.Fault($"Services:{service.Key}", "must begin with http://, https:// or dns:///");
            addresses[service.Key] = address;
        }

        MaxMessageBytes = reader.Number("Grpc:MaxMessageBytes", HostOptions.DefaultMessageBytes, 1024, HostOptions.GreatestMessageBytes);
        var authorityFile = reader.File("Clients:AuthorityFile");
        var certificateFile = reader.File("Clients:CertificateFile");
        var keyFile = reader.File("Clients:KeyFile");
        if (certificateFile is null != keyFile is null)
            reader.Fault("Clients:KeyFile", "belongs to Clients__CertificateFile: set both or neither");
        Secure = reader.Flag("Clients:Tls", fallback: false);
        try
        {
            if (authorityFile is not null && File.Exists(authorityFile))
            {
                Authority = [];
                Authority.ImportFromPemFile(authorityFile);
            }

            if (certificateFile is not null && keyFile is not null && File.Exists(certificateFile) && File.Exists(keyFile))
                Certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        }
        catch (Exception why) when (why is System.Security.Cryptography.CryptographicException or IOException)
        {
            reader.Fault("Clients:CertificateFile", $"cannot be read: {why.Message}");
        }
    }

    public int MaxMessageBytes { get; }

    /// <summary>TLS towards <c>dns:///</c> addresses; an <c>https://</c> address has it anyway.</summary>
    public bool Secure { get; }

    public X509Certificate2Collection? Authority { get; }

    public X509Certificate2? Certificate { get; }

    /// <summary>Whether no call can leave this machine.</summary>
    public bool OnLoopbackOnly => addresses.Values.All(address => string.Equals(address.Scheme, "dns", StringComparison.Ordinal)
        ? Uri.TryCreate($"http://{address.AbsolutePath.TrimStart('/')}", UriKind.Absolute, out var target) && target.IsLoopback // the host stands in the path, and no host at all would count as loopback
        : address.IsLoopback);

    public Uri? AddressOf(string service) => addresses.GetValueOrDefault(service);
}
