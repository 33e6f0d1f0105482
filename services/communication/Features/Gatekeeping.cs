using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Brings together what a decision reads: the person, the line, what is in flight, the policy and how far behind we hear.</summary>
internal sealed class Gatekeeping(PolicyInForce policy, Heartbeats<CommunicationsModule> heartbeats, TimeProvider clock)
{
    public Policy Policy => policy.Policy;

    /// <summary>Business time for what changes nothing; a decision that counts asks the database's clock under the lock.</summary>
    public long Now() => Instant.Of(clock.GetUtcNow());

    public Visit Visit(long now) => new(policy.Policy, HeardAt("customer", now), HeardAt("interaction", now), now);

    /// <summary>The person as the rules read it; what is in flight counts as of now.</summary>
    public static Recipient Recipient(RecipientRow row, IReadOnlyList<QueueRow> queue, bool eventParked, long now)
    {
        var inFlight = queue.Where(q => !q.Waits).Select(q => q.InFlight).ToArray();
        var profile = DirectRecipient.Is(row.CustomerId) && queue is [var any, ..]
            ? ProfileDocument.Direct((Channel)any.Channel)
            : ProfileDocument.ForTheGate(row.Profile, eventParked);
        return new Recipient(profile, LedgerBook.Seen(row.Ledger, inFlight, now));
    }

    /// <summary>A heartbeat's age is real time; a rule compares instants. Never heard: as old as can be.</summary>
    private long HeardAt(string service, long now) =>
        heartbeats.AgeOf(service) is { } age ? now - (long)age.TotalMicroseconds : 0;
}
