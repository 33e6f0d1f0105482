using System.Text;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Secrets;

/// <summary>The keyed hash by which a personal value is found without being readable (HMAC-SHA256 under <c>Keys__Lookup</c>, which stays).</summary>
/// <typeparam name="TModule">The service that looks up; the same value has another hash in another service.</typeparam>
public sealed class LookupHash<TModule>
    where TModule : ServiceModule
{
    private readonly KeyRing ring;

    public LookupHash(TModule module, IConfiguration configuration) => ring = KeyRing.From(configuration, module.Name);

    /// <summary>32 bytes.</summary>
    /// <param name="kind">What it is ("phone"): the same digits as a card hash differently.</param>
    /// <param name="canonicalValue">The value in its one normal form.</param>
    public byte[] Of(string kind, string canonicalValue) => ring.Hash(Encoding.UTF8.GetBytes($"{kind}\0{canonicalValue}"));

    /// <summary>32 bytes, of what is no text.</summary>
    public byte[] Of(string kind, ReadOnlySpan<byte> value) => ring.Hash([.. Encoding.UTF8.GetBytes(kind), 0, .. value]);
}
