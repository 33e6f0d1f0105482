using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>The two ports: gRPC over HTTP/2 (cleartext, or TLS when a certificate is given), and HTTP/1.1 for health, pages and webhooks.</summary>
internal static class Listeners
{
    private const int LargestPage = 1024 * 1024;

    public static void Configure(KestrelServerOptions kestrel, HostOptions options, ListenAddresses addresses)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = Math.Max(LargestPage, options.MaxMessageBytes + 5); // 5 = the frame in front of a gRPC message
        kestrel.Limits.Http2.MaxStreamsPerConnection = options.MaxStreams;
        kestrel.Limits.Http2.KeepAlivePingDelay = options.KeepAliveEvery;
        kestrel.Limits.Http2.KeepAlivePingTimeout = options.KeepAliveTimeout;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 512 * 1024;

        ListenOptions? grpc = null, http = null;
        kestrel.Listen(options.Grpc, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            if (options is { CertificateFile: { } certificate, KeyFile: { } key })
                listener.UseHttps(Tls(new CertificateFiles(certificate, key), options.ClientAuthorityFile));
            listener.UseMaxConnectionAge(options.MaxConnectionAge);
            grpc = listener;
        });
        kestrel.Listen(options.Http, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            http = listener;
        });
        addresses.Listening(grpc!, http!); // Listen calls back at once
    }

    private static HttpsConnectionAdapterOptions Tls(CertificateFiles own, string? clientAuthorityFile)
    {
        var tls = new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => own.Current };
        if (clientAuthorityFile is null)
            return tls;
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(clientAuthorityFile);
        tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        tls.ClientCertificateValidation = (shown, _, errors) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authority);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) && chain.Build(shown);
        };
        return tls;
    }
}
