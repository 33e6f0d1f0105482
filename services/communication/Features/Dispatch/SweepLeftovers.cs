using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>Takes up what a killed or stalled process left: COMMITTED past its time goes back to WAITING, HANDED for 15 minutes has lost its outcome.</summary>
internal sealed partial class SweepLeftovers(
    Database database, SettleOutcomes settle, ForgetCopies copies, DispatchWake wake, TimeProvider clock, ILogger<SweepLeftovers> log)
{
    private const int Batch = 200;

    /// <summary>One round; true where there may be more.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var (overdue, lost) = await database.ReadAsync(
            async session =>
            {
                var now = Instant.Of(clock.GetUtcNow()); // a hint; the clock that counts is asked under the lock
                return (await Queue.OverdueCommittedAsync(session, now, Batch), await Queue.LostHandedAsync(session, now, Batch));
            },
            cancellationToken);
        await Halving.RunAsync(overdue, part => database.WriteAsync(tx => ReleaseAsync(tx, part), cancellationToken), LeaveAsync);
        await Halving.RunAsync(lost, part => settle.LoseAsync(part, cancellationToken), LeaveAsync);
        return overdue.Count == Batch || lost.Count == Batch;
    }

    private async Task ReleaseAsync(Transaction tx, IReadOnlyList<QueueRow> overdue)
    {
        var people = (await Recipients.HoldAsync(tx, [.. overdue.Select(o => o.CustomerId).Distinct().Order()])).ToDictionary(p => p.CustomerId);
        var now = Instant.Of(await tx.NowAsync());
        var released = await Queue.ReleaseOverdueAsync(tx, [.. overdue.Select(o => o.MailingId)], now);
        tx.AfterCommit(() => MailingTelemetry.Released(ReleaseCause.Overdue, released.Count));
        foreach (var group in released.GroupBy(r => r.CustomerId))
        {
            var person = people[group.Key]; // all of them were held
            var at = Math.Max(now, person.LookedAt);
            var book = new LedgerBook().Open(person.Ledger);
            foreach (var row in group)
                book.GiveBack(row.InFlight);
            await Recipients.WriteLedgersAsync(tx, [(person.CustomerId, book.Close(at))], at);
            await DueList.BringForwardAsync(tx, person.CustomerId, at);
        }

        copies.AfterCommit(tx, [.. people.Keys]);
        tx.AfterCommit(wake.Set);
    }

    /// <summary>It is tried again at the next sweep, and stops nobody else.</summary>
    private Task LeaveAsync(QueueRow row, Exception fault)
    {
        LogLeft(fault, row.MailingId, row.CustomerId);
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Critical, "Mailing {MailingId} of customer {CustomerId} cannot be swept")]
    private partial void LogLeft(Exception e, Guid mailingId, Guid customerId);
}
