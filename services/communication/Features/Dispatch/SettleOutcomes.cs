using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>
/// Writes how attempts ended. SENT and UNKNOWN in time touch only the mailing's own row; what touches the ledger (late, refused, or to be
/// tried again) takes the person's lock first.
/// </summary>
internal sealed class SettleOutcomes(Database database, ForgetCopies copies, DispatchWake wake, CommunicationOptions options)
{
    public async Task RunAsync(IReadOnlyList<Delivered> outcomes, CancellationToken cancellationToken)
    {
        var late = await database.WriteAsync(tx => EndInTimeAsync(tx, [.. outcomes.Where(IsPlain)]), cancellationToken);
        late.AddRange(outcomes.Where(o => !IsPlain(o)).Select(o => new Lasting(o.Mailing.Row, o.Mailing.Attempt, o.Mailing.InFlight, o.Outcome)));
        if (late.Count > 0)
            await database.WriteAsync(tx => UnderTheLockAsync(tx, late), cancellationToken);
    }

    /// <summary>HANDED → UNKNOWN, or back to WAITING, for mailings whose outcome is lost.</summary>
    public Task LoseAsync(IReadOnlyList<QueueRow> handed, CancellationToken cancellationToken) => database.WriteAsync(
        tx => UnderTheLockAsync(
            tx, [.. handed.Select(q => new Lasting(q, new Attempt(q.MailingId, q.Token ?? 0), q.InFlight, new MailOutcome.Unknown(EndReasons.OutcomeLost)))]),
        cancellationToken);

    private static bool IsPlain(Delivered delivered) =>
        delivered.Outcome is MailOutcome.Accepted || (delivered.Outcome is MailOutcome.Unknown && !Lifetime.IsAtLeastOnce(delivered.Mailing.Class));

    /// <summary>Answers those that are too late for it.</summary>
    private static async Task<List<Lasting>> EndInTimeAsync(Transaction tx, List<Delivered> outcomes)
    {
        if (outcomes.Count == 0)
            return [];
        var now = Instant.Of(await tx.NowAsync());
        var inTime = outcomes.Where(o => now - o.Mailing.CommittedAt <= Instants.Margin).ToList();
        Announce.Ended(tx, await Endings.EndAsync(tx, inTime.ConvertAll(o => End(o.Mailing.Attempt, o.Outcome)), now));
        return [.. outcomes.Except(inTime).Select(o => new Lasting(o.Mailing.Row, o.Mailing.Attempt, o.Mailing.InFlight, o.Outcome))];
    }

    private async Task UnderTheLockAsync(Transaction tx, IReadOnlyList<Lasting> outcomes)
    {
        var people = (await Recipients.HoldAsync(tx, [.. outcomes.Select(o => o.Row.CustomerId).Distinct().Order()])).ToDictionary(p => p.CustomerId);
        var now = Instant.Of(await tx.NowAsync());
        foreach (var group in outcomes.GroupBy(o => o.Row.CustomerId))
        {
            var person = people[group.Key]; // a mailing's person is never deleted before it
            var at = Math.Max(now, person.LookedAt);
            var book = new LedgerBook().Open(person.Ledger);
            var changed = false;
            foreach (var outcome in group)
                changed |= await SettleAsync(tx, outcome, book, at);
            if (!changed)
                continue;
            await Recipients.WriteLedgersAsync(tx, [(person.CustomerId, book.Close(at))], at);
            if (await Queue.SomebodyWaitsAsync(tx, person.CustomerId))
                await DueList.BringForwardAsync(tx, person.CustomerId, at);
        }

        copies.AfterCommit(tx, [.. people.Keys]);
        tx.AfterCommit(wake.Set);
    }

    /// <summary>True where the mailing was still this attempt's, so that the ledger follows.</summary>
    private async Task<bool> SettleAsync(Transaction tx, Lasting outcome, LedgerBook book, long now)
    {
        switch (outcome.Outcome)
        {
            case MailOutcome.NotSent { Kind: NotSentKind.Permanent }:
                if (!await EndAsync(tx, outcome, now))
                    return false;
                book.GiveBack(outcome.InFlight);
                return true;
            case MailOutcome.NotSent:
                if (!await TryAgainAsync(tx, outcome, now))
                    return false;
                book.GiveBack(outcome.InFlight);
                return true;
            case MailOutcome.Unknown when Lifetime.IsAtLeastOnce(outcome.Row.MailingClass):
                // It may have arrived: the entry stays, and the same Message-ID goes again.
                if (!await TryAgainAsync(tx, outcome, now))
                    return false;
                break;
            default:
                if (!await EndAsync(tx, outcome, now))
                    return false;
                break;
        }

        if (now - outcome.InFlight.CommittedAt > Instants.Margin)
        {
            book.Move(outcome.InFlight, now);
            tx.AfterCommit(MailingTelemetry.OutcomeWasLate);
        }

        return true;
    }

    private async Task<bool> TryAgainAsync(Transaction tx, Lasting outcome, long now)
    {
        if (!await Queue.BackToWaitingAsync(tx, outcome.Attempt, now + Pause(outcome)))
            return false;
        tx.AfterCommit(() => MailingTelemetry.Became(MailingState.Waiting));
        return true;
    }

    private static async Task<bool> EndAsync(Transaction tx, Lasting outcome, long now)
    {
        var ended = await Endings.EndAsync(tx, [End(outcome.Attempt, outcome.Outcome)], now);
        Announce.Ended(tx, ended);
        return ended.Count == 1;
    }

    private static Ending End(Attempt attempt, MailOutcome outcome) => outcome switch
    {
        MailOutcome.Accepted => new Ending(attempt.MailingId, MailingState.Handed, attempt.Token, MailingState.Sent, null),
        MailOutcome.Unknown { Reason: EndReasons.OutcomeLost } =>
            new Ending(attempt.MailingId, MailingState.Handed, attempt.Token, MailingState.Unknown, EndReasons.OutcomeLost),
        MailOutcome.Unknown => new Ending(attempt.MailingId, MailingState.Handed, attempt.Token, MailingState.Unknown, EndReasons.ProviderSilent),
        _ => new Ending(attempt.MailingId, MailingState.Handed, attempt.Token, MailingState.Failed, EndReasons.ProviderRefused),
    };

    private long Pause(Lasting outcome) => (long)Backoff
        .Of(outcome.Row.Attempts + 1, options.BackoffFirst, options.BackoffLongest, Random.Shared.NextDouble()).TotalMicroseconds;

    private sealed record Lasting(QueueRow Row, Attempt Attempt, InFlight InFlight, MailOutcome Outcome);
}
