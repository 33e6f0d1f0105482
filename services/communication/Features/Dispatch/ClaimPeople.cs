using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>
/// One transaction for a small batch of people: hold their rows, read in later statements what stands beside them (the statement that
/// locks sees old rows of every other table), ask the clock after the lock, decide in line order, write by arrays.
/// </summary>
internal sealed class ClaimPeople(Database database, Gatekeeping gatekeeping, Parked<CommunicationsModule> parked, ForgetCopies copies)
{
    /// <param name="sortedIds">Ascending.</param>
    /// <param name="permits">Never more Sends than these.</param>
    public Task<Claim> RunAsync(Guid[] sortedIds, Permits permits, CancellationToken cancellationToken) =>
        database.WriteAsync(tx => RunAsync(tx, sortedIds, permits), cancellationToken);

    private async Task<Claim> RunAsync(Transaction tx, Guid[] sortedIds, Permits permits)
    {
        var held = await Recipients.TryHoldAsync(tx, sortedIds);
        if (held.Count == 0)
            return Claim.Nobody;
        var now = Instant.Of(await tx.NowAsync());
        var due = (await DueList.OfAsync(tx, held.ConvertAll(h => h.CustomerId))).Where(d => d.DueAt <= now).Select(d => d.CustomerId).ToHashSet();
        held.RemoveAll(h => !due.Contains(h.CustomerId)); // another dispatcher was there between the hint and the lock
        if (held.Count == 0)
            return Claim.Nobody;

        var ids = held.ConvertAll(h => h.CustomerId);
        var queue = (await Queue.OfPeopleAsync(tx, ids)).ToLookup(q => q.CustomerId);
        var inDoubt = await parked.OfAsync(tx, ids);
        var outcome = new ClaimOutcome(gatekeeping.Policy, permits);
        foreach (var person in held)
            Decide(person, [.. queue[person.CustomerId]], inDoubt.Contains(person.CustomerId), now, outcome);

        var committed = await outcome.WriteAsync(tx, now);
        copies.AfterCommit(tx, ids);
        return new Claim(held.Count, committed);
    }

    private void Decide(RecipientRow person, List<QueueRow> queue, bool inDoubt, long now, ClaimOutcome outcome)
    {
        now = Math.Max(now, person.LookedAt); // for one person it never runs backwards
        var rows = queue.Where(q => q.Waits).ToDictionary(q => q.MailingId);
        var line = rows.Values.Select(q => q.ForTheGate()).ToArray();
        Line.Sort(line);
        var recipient = Gatekeeping.Recipient(person, queue, inDoubt, now);
        var decisions = new Decision[line.Length];
        Gate.DecideLine(recipient, line, gatekeeping.Visit(now), decisions);
        outcome.Take(person, line, rows, decisions, now);
    }
}
