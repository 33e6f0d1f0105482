using System.Threading.Channels;

namespace Loyalty.TestKit;

/// <summary>A RabbitMQ virtual host that one test class holds.</summary>
public sealed class VhostLease : IDisposable
{
    private ChannelWriter<Uri>? giveBackTo;

    internal VhostLease(Uri address, ChannelWriter<Uri>? giveBackTo) => (Address, this.giveBackTo) = (address, giveBackTo);

    /// <summary>The amqp:// address with account and virtual host.</summary>
    public Uri Address { get; }

    /// <summary>Gives an offered virtual host back to the next test class.</summary>
    public void Dispose() => Interlocked.Exchange(ref giveBackTo, null)?.TryWrite(Address);
}

// Virtual hosts on a broker that is not ours: none can be created there, so the given ones go round.
internal sealed class OfferedVhosts
{
    private readonly Channel<Uri> free = Channel.CreateUnbounded<Uri>();

    public OfferedVhosts(string addresses)
    {
        foreach (var address in addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries)) free.Writer.TryWrite(new Uri(address));
    }

    public async Task<VhostLease> TakeAsync(CancellationToken cancellation) => new(await free.Reader.ReadAsync(cancellation), free.Writer);
}
