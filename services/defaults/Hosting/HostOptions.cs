using System.Net;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>Where the host listens and what it bears.</summary>
internal sealed class HostOptions
{
    public const int DefaultMessageBytes = 4 * 1024 * 1024;
    public const int GreatestMessageBytes = 64 * 1024 * 1024;

    public HostOptions(SettingReader reader)
    {
        Grpc = EndPoint(reader, "Listen:Grpc", "http://127.0.0.1:8080");
        Http = EndPoint(reader, "Listen:Http", "http://127.0.0.1:8081");
        CertificateFile = reader.File("Listen:CertificateFile");
        KeyFile = reader.File("Listen:KeyFile");
        ClientAuthorityFile = reader.File("Listen:ClientAuthorityFile");
        if (CertificateFile is null != KeyFile is null)
            reader.Fault("Listen:KeyFile", "belongs to Listen__CertificateFile: set both or neither");
        if (ClientAuthorityFile is not null && CertificateFile is null)
            reader.Fault("Listen:ClientAuthorityFile", "needs Listen__CertificateFile: callers show certificates over TLS only");
        MaxMessageBytes = reader.Number("Grpc:MaxMessageBytes", DefaultMessageBytes, 1024, GreatestMessageBytes);
        MaxStreams = reader.Number("Grpc:MaxStreamsPerConnection", 256, 1, 10_000);
        KeepAliveEvery = reader.Span("Grpc:KeepAliveEvery", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        KeepAliveTimeout = reader.Span("Grpc:KeepAliveTimeout", TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        MaxConnectionAge = reader.Span("Grpc:MaxConnectionAge", TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        DrainDelay = reader.Span("Shutdown:DrainDelay", OnLoopbackOnly ? TimeSpan.Zero : TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromMinutes(5));
        ShutdownTimeout = reader.Span("Shutdown:Timeout", TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(30));
        Reflection = reader.Flag("Reflection:Enabled", fallback: false);
        JsonLogs = reader.Choice("Logging:Format", "json", "json", "plain") is "json";
    }

    public IPEndPoint Grpc { get; }

    public IPEndPoint Http { get; }

    /// <summary>PEM; with it 8080 speaks TLS. Read again within a minute of a change.</summary>
    public string? CertificateFile { get; }

    public string? KeyFile { get; }

    /// <summary>PEM; with it callers must show a certificate that one of these has signed.</summary>
    public string? ClientAuthorityFile { get; }

    public int MaxMessageBytes { get; }

    public int MaxStreams { get; }

    public TimeSpan KeepAliveEvery { get; }

    public TimeSpan KeepAliveTimeout { get; }

    /// <summary>A connection that is older is asked to end when its calls have ended, so that callers spread over new replicas.</summary>
    public TimeSpan MaxConnectionAge { get; }

    /// <summary>From "not ready" to "no new calls": the time that balancers take to look elsewhere.</summary>
    public TimeSpan DrainDelay { get; }

    /// <summary>From "no new calls" to giving up on those that run.</summary>
    public TimeSpan ShutdownTimeout { get; }

    public bool Reflection { get; }

    public bool JsonLogs { get; }

    public bool OnLoopbackOnly => IPAddress.IsLoopback(Grpc.Address) && IPAddress.IsLoopback(Http.Address);

    private static IPEndPoint EndPoint(SettingReader reader, string key, string fallback)
    {
        // "+" and "*" are no hosts to Uri, but what people write for "every address".
        var text = reader.Text(key, fallback);
        if (Uri.TryCreate(text.Replace("//+", "//0.0.0.0", StringComparison.Ordinal).Replace("//*", "//0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            if (string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase))
                return new IPEndPoint(IPAddress.Loopback, address.Port);
            if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
                return new IPEndPoint(ip, address.Port);
        }

        reader.Fault(key, $"must be an address with an IP or localhost, such as {fallback}, not \"{text}\"");
        return IPEndPoint.Parse("127.0.0.1:0");
    }
}
