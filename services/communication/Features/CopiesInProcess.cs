using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Loyalty.Communications.Features;

/// <summary>Copies of people in this process: where no Redis is configured.</summary>
internal sealed class CopiesInProcess : IRecipientCopies, IDisposable
{
    private const int MostCopies = 20_000;
    private readonly MemoryCache copies = new(Options.Create(new MemoryCacheOptions { SizeLimit = MostCopies }));

    public Task<byte[]?> FindAsync(Guid customerId) => Task.FromResult(copies.TryGetValue(customerId, out byte[]? copy) ? copy : null);

    public void Keep(Guid customerId, byte[] copy, TimeSpan forSoLong) =>
        copies.Set(customerId, copy, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = forSoLong });

    public void Forget(IReadOnlyList<Guid> customerIds)
    {
        foreach (var id in customerIds)
            copies.Remove(id);
    }

    public void Dispose() => copies.Dispose();
}
