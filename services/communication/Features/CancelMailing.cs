using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Cancels a mailing that was not handed over: under the person's lock, so that it is clear who was first.</summary>
internal sealed class CancelMailing(Database database, ForgetCopies copies, DispatchWake wake)
{
    public Task<MailingView> RunAsync(Guid mailingId, CancellationToken cancellationToken) =>
        database.WriteAsync(tx => RunAsync(tx, mailingId), cancellationToken);

    private async Task<MailingView> RunAsync(Transaction tx, Guid mailingId)
    {
        var mailing = await ViewAsync(tx, mailingId);
        if (mailing.State == MailingState.Cancelled)
            return mailing;
        if ((await Recipients.HoldAsync(tx, [mailing.Mailing.CustomerId])) is not [var person])
            throw Ended(mailing.State); // retention took the person only after the mailing had ended
        var now = Math.Max(Instant.Of(await tx.NowAsync()), person.LookedAt);
        var row = await Queue.FindAsync(tx, mailingId);
        if (row is null)
        {
            mailing = await ViewAsync(tx, mailingId); // it has ended while the person was waited for
            return mailing.State == MailingState.Cancelled ? mailing : throw Ended(mailing.State);
        }

        if (row.State == (short)MailingState.Handed)
            throw UnderWay();

        var ended = await Endings.EndAsync(tx, [new Ending(mailingId, (MailingState)row.State, row.Token, MailingState.Cancelled, EndReasons.BySender)], now);
        if (ended.Count == 0)
            throw UnderWay(); // HANDED between the two statements: that write needs no lock of ours
        Announce.Ended(tx, ended);
        if (!row.Waits)
            await Recipients.WriteLedgersAsync(tx, [(person.CustomerId, new LedgerBook().Open(person.Ledger).GiveBack(row.InFlight).Close(now))], now);
        if (await Queue.SomebodyWaitsAsync(tx, person.CustomerId))
            await DueList.BringForwardAsync(tx, person.CustomerId, now); // those behind may go sooner
        else
            await DueList.RemoveAsync(tx, [person.CustomerId]);
        copies.AfterCommit(tx, [person.CustomerId]);
        tx.AfterCommit(wake.Set);
        return await ViewAsync(tx, mailingId);
    }

    private static async Task<MailingView> ViewAsync(Session session, Guid mailingId) =>
        await Mailings.ViewAsync(session, mailingId) ?? throw Refusal.NotFound("MAILING_UNKNOWN", "There is no such mailing, or no longer.");

    private static Refusal UnderWay() => new(RefusalKind.FailedPrecondition, "MAILING_UNDER_WAY", "The mailing is being handed over just now.");

    private static Refusal Ended(MailingState state) =>
        new(RefusalKind.FailedPrecondition, "MAILING_ENDED", "The mailing has ended already.")
        {
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["state"] = state.ToString().ToUpperInvariant() },
        };
}
