using Loyalty.Communications.Delivery;
using Loyalty.ServiceDefaults.Health;

namespace Loyalty.Communications.Features;

/// <summary>Whether Redis answers. Without it dry runs cost more and each replica counts its own rate; nothing stops.</summary>
internal sealed class RedisProbe(RedisStore store) : IDependencyProbe
{
    public string Name => "redis";

    public bool Required => false;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var database = store.Database ?? throw new InvalidOperationException("There is no connection.");
        await database.PingAsync().WaitAsync(cancellationToken);
    }
}

/// <summary>What the last mails taught about the relay; it is not called for a probe, for a relay that is asked every 5 s by every replica is not amused.</summary>
internal sealed class SmtpProbe(SmtpTransport transport) : IDependencyProbe
{
    public string Name => "smtp";

    public bool Required => false;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        transport.IsAway ? throw new InvalidOperationException("The breaker is open: the last tries failed.") : Task.CompletedTask;
}
