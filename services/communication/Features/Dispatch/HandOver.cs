using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>
/// Hands committed mailings to the provider in small batches: HANDED first, and only what became HANDED leaves. What a killed process had
/// HANDED is lost for at-most-once classes, so the batches are small.
/// </summary>
internal sealed partial class HandOver(
    Database database, ComposeMails compose, Settler settler, ForgetCopies copies, Checkpoints checkpoints, CommunicationOptions options, ILogger<HandOver> log)
{
    /// <summary>What cannot be written is tried again then; somebody has been alarmed.</summary>
    private const long UnwritablePause = Instants.Hour;

    /// <param name="committed">Of this process.</param>
    /// <param name="permits">At least as many; those that are used are taken out.</param>
    public async Task RunAsync(IReadOnlyList<Committed> committed, Stack<IMailPermit> permits, CancellationToken cancellationToken)
    {
        await checkpoints.ReachedAsync(Checkpoints.AfterCommit, cancellationToken);
        foreach (var batch in committed.Chunk(options.HandOverBatch))
        {
            var (letters, unwritable) = await compose.RunAsync(batch, cancellationToken);
            foreach (var fault in unwritable)
                await PutAsideAsync(fault, cancellationToken);
            await checkpoints.ReachedAsync(Checkpoints.BeforeHanded, cancellationToken);

            // Read before HANDED is written, so that a slow database cannot lengthen the span.
            var deadline = FinalDotDeadline.From(RealTime.Clock, RealTime.Clock.GetTimestamp());
            var handed = await database.WriteAsync(tx => Queue.HandAsync(tx, letters.ConvertAll(l => l.Mailing.Attempt)), cancellationToken);
            await checkpoints.ReachedAsync(Checkpoints.AfterHanded, cancellationToken);

            var really = handed.Select(h => h.MailingId).ToHashSet();
            foreach (var letter in letters.Where(l => really.Contains(l.Mailing.Row.MailingId)))
                settler.Begin(letter, permits.Pop(), deadline);
        }
    }

    /// <summary>COMMITTED → WAITING, out of the ledger again, looked at in an hour.</summary>
    private async Task PutAsideAsync(Unwritable fault, CancellationToken cancellationToken)
    {
        var mailing = fault.Mailing;
        LogUnwritable(mailing.Row.MailingId, mailing.Row.Template, mailing.Row.TemplateVersion, fault.Why);
        await database.WriteAsync(
            async tx =>
            {
                var person = (await Recipients.HoldAsync(tx, [mailing.Row.CustomerId]))[0]; // a mailing's person is never deleted before it
                var now = Math.Max(Instant.Of(await tx.NowAsync()), person.LookedAt);
                if (!await Queue.PutAsideAsync(tx, mailing.Attempt, now + UnwritablePause))
                    return;
                tx.AfterCommit(() => MailingTelemetry.Released(ReleaseCause.Unwritable, 1));
                var ledger = new LedgerBook().Open(person.Ledger).GiveBack(mailing.InFlight).Close(now);
                await Recipients.WriteLedgersAsync(tx, [(person.CustomerId, ledger)], now);
                await DueList.BringForwardAsync(tx, person.CustomerId, now);
                copies.AfterCommit(tx, [person.CustomerId]);
            },
            cancellationToken);
    }

    [LoggerMessage(LogLevel.Error, "Mailing {MailingId} cannot be written from template {Template} version {Version}: {Why}; it is tried again in an hour")]
    private partial void LogUnwritable(Guid mailingId, string template, int version, string why);
}
