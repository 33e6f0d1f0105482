using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>A certificate in two PEM files that somebody renews: looked at each minute; while the new pair is half written the old one stays.</summary>
internal sealed class CertificateFiles
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly string certificate;
    private readonly string key;
    private readonly Lock gate = new();
    private X509Certificate2 current;
    private DateTime changedAt;
    private long lookedAt;

    public CertificateFiles(string certificate, string key)
    {
        (this.certificate, this.key) = (certificate, key);
        changedAt = File.GetLastWriteTimeUtc(certificate);
        current = X509Certificate2.CreateFromPemFile(certificate, key);
        lookedAt = RealTime.Clock.GetTimestamp();
    }

    public X509Certificate2 Current
    {
        get
        {
            lock (gate)
            {
                if (RealTime.Clock.GetElapsedTime(lookedAt) < LookEvery)
                    return current;
                lookedAt = RealTime.Clock.GetTimestamp();
                var changed = File.GetLastWriteTimeUtc(certificate);
                if (changed == changedAt)
                    return current;
                try
                {
                    current = X509Certificate2.CreateFromPemFile(certificate, key);
                    changedAt = changed;
                }
                catch (Exception why) when (why is CryptographicException or IOException)
                {
                    // Looked at again in a minute.
                }

                return current;
            }
        }
    }
}
