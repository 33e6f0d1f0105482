using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Clients;

public sealed class TlsTests : IDisposable
{
    private readonly TempFolder folder = new("tls");

    public TlsTests()
    {
        using var authority = Authority("ca");
        Leaf(authority, "server");
        Leaf(authority, "caller");
        using var other = Authority("other-ca");
        Leaf(other, "stranger");
    }

    [Fact]
    public async Task Both_sides_show_certificates_and_trust_their_own_authority_only()
    {
        await using var server = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal)
        {
            ["Listen:CertificateFile"] = folder["server.pem"], ["Listen:KeyFile"] = folder["server.key"], ["Listen:ClientAuthorityFile"] = folder["ca.pem"],
            ["Services:echo"] = "https://127.0.0.1:1",
        });
        server.Grpc.Scheme.ShouldBe("https");

        (await SayAsync("ca", "caller")).ShouldBe("secret");
        (await Should.ThrowAsync<Refusal>(() => SayAsync("other-ca", "caller"))).Reason.ShouldBe("ECHO_SERVICE_AWAY", "a server of another authority is not trusted");
        (await Should.ThrowAsync<Refusal>(() => SayAsync("ca", "stranger"))).Reason.ShouldBe("ECHO_SERVICE_AWAY", "a caller of another authority is not let in");
        (await Should.ThrowAsync<Refusal>(() => SayAsync("ca", null))).Reason.ShouldBe("ECHO_SERVICE_AWAY", "a caller without a certificate is not let in");

        async Task<string> SayAsync(string authority, string? caller)
        {
            await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal)
            {
                ["Services:echo"] = server.Grpc.ToString(), ["Clients:AuthorityFile"] = folder[$"{authority}.pem"],
                ["Clients:CertificateFile"] = caller is null ? null : folder[$"{caller}.pem"], ["Clients:KeyFile"] = caller is null ? null : folder[$"{caller}.key"],
            });
            return (await host.TypedClient.SayAsync(new SayRequest { Text = "secret" }, deadline: Deadlines.In(TimeSpan.FromSeconds(10)))).Text;
        }
    }

    public void Dispose() => folder.Dispose();

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(folder[$"{name}.pem"], certificate.ExportCertificatePem());
        return certificate;
    }

    private void Leaf(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(folder[$"{name}.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder[$"{name}.key"], key.ExportPkcs8PrivateKeyPem());
    }
}
