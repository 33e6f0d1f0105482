using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Loyalty.Communications.Features;

/// <summary>Copies of people in this process: where no Redis is configured.</summary>
internal sealed class CopiesInProcess : IRecipientCopies, IDisposable
{
    private const int MostCopies = 20_000;
    private readonly MemoryCache copies = new(Options.Create(new MemoryCacheOptions { SizeLimit = MostCopies }));
    private readonly Share[] shares = [.. Enumerable.Range(0, 256).Select(_ => new Share())];

    public Task<(byte[]? Copy, long Ticket)> FindAsync(Guid customerId)
    {
        var share = ShareOf(customerId);
        lock (share)
            return Task.FromResult((copies.TryGetValue(customerId, out byte[]? copy) ? copy : null, share.Forgotten));
    }

    public void Keep(Guid customerId, byte[] copy, long ticket, TimeSpan forSoLong)
    {
        var share = ShareOf(customerId);
        lock (share)
        {
            if (share.Forgotten == ticket)
                copies.Set(customerId, copy, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = forSoLong });
        }
    }

    public void Forget(IReadOnlyList<Guid> customerIds)
    {
        foreach (var id in customerIds)
        {
            var share = ShareOf(id);
            lock (share)
            {
                share.Forgotten++;
                copies.Remove(id);
            }
        }
    }

    public void Dispose() => copies.Dispose();

    private Share ShareOf(Guid customerId) => shares[customerId.GetHashCode() & 255];

    /// <summary>Counts who was forgotten among some of the people: a counter for each would never be given back.</summary>
    private sealed class Share
    {
        public long Forgotten { get; set; }
    }
}
