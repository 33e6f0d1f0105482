using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Loyalty.TestKit.Smtp;

/// <summary>A certificate for localhost, made once per process, and its PEM files for servers and clients in other processes.</summary>
public static class SelfSigned
{
    private static readonly Lazy<(X509Certificate2 Certificate, string CertificateFile, string KeyFile)> Made = new(Make);

    public static X509Certificate2 Certificate => Made.Value.Certificate;

    public static string CertificateFile => Made.Value.CertificateFile;

    public static string KeyFile => Made.Value.KeyFile;

    private static (X509Certificate2, string, string) Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));

        var folder = Directory.CreateTempSubdirectory("loyalty-tls-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var (certificateFile, keyFile) = (Path.Combine(folder, "certificate.pem"), Path.Combine(folder, "key.pem"));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificate, certificateFile, keyFile);
    }
}
