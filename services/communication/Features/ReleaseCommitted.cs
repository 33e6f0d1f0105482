using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Takes back what is COMMITTED for one held person. That is how an unsubscribe or a complaint wins the race.</summary>
internal static class ReleaseCommitted
{
    /// <summary>Only what was really released leaves the ledger; what is HANDED by now stays.</summary>
    public static async Task RunAsync(Transaction tx, RecipientRow person, long now)
    {
        var released = await Queue.ReleaseAsync(tx, person.CustomerId);
        if (released.Count == 0)
            return;
        tx.AfterCommit(() => MailingTelemetry.Released(ReleaseCause.Profile, released.Count));
        var book = new LedgerBook().Open(person.Ledger);
        foreach (var row in released)
            book.GiveBack(row.InFlight);
        await Recipients.WriteLedgersAsync(tx, [(person.CustomerId, book.Close(now))], now);
    }
}
