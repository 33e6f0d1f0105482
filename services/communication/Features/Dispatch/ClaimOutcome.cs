using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>What a batch of decisions changes, gathered person by person and written by arrays.</summary>
internal sealed class ClaimOutcome(Policy policy, Permits permits)
{
    /// <summary>A look sooner than this would be a spin.</summary>
    private const long LeastPause = Instants.Second;

    private readonly LedgerBook book = new();
    private readonly DecisionTally tally = new();
    private readonly List<(Guid CustomerId, byte[] Ledger)> ledgers = [];
    private readonly List<CommitRow> commits = [];
    private readonly Dictionary<Guid, (QueueRow Row, long At, string Locale)> committing = [];
    private readonly List<DeferRow> deferrals = [];
    private readonly List<VerdictRow> verdicts = [];
    private readonly List<Ending> endings = [];
    private readonly List<DueRow> due = [];
    private readonly List<Guid> nobodyWaits = [];
    private int permitsLeft = permits.Count;

    public void Take(RecipientRow person, Mailing[] line, Dictionary<Guid, QueueRow> rows, Decision[] decisions, long now)
    {
        var dueAt = Instants.Never;
        string? locale = null;
        for (var i = 0; i < line.Length; i++)
        {
            ref var decision = ref decisions[i];
            var row = rows[line[i].Id];
            tally.Count(decision);
            switch (decision.Kind)
            {
                case DecisionKind.Send when HandUntil.Of(now, decision.AwakeUntil, row.ExpiresAt) is var until && until <= now:
                    // Too late to be sure that it arrives before the night: the rules hold it from the end of the window on.
                    dueAt = Math.Min(dueAt, Math.Min(decision.AwakeUntil, row.ExpiresAt));
                    break;
                case DecisionKind.Send when permitsLeft == 0:
                    dueAt = Math.Min(dueAt, Math.Min(now + NextTrial(), row.ExpiresAt));
                    break;
                case DecisionKind.Send:
                    permitsLeft--;
                    if (locale is null)
                        book.Open(person.Ledger);
                    locale ??= ProfileDocument.Read(person.Profile).Locale;
                    book.Commit(line[i], now);
                    commits.Add(new CommitRow(row.MailingId, now, HandUntil.Of(now, decision.AwakeUntil, row.ExpiresAt)));
                    committing.Add(row.MailingId, (row, now, locale));
                    Keep(decision);
                    break;
                case DecisionKind.Defer:
                    dueAt = Math.Min(dueAt, Math.Max(decision.DueAt, now + LeastPause));
                    Defer(row, decision);
                    break;
                default:
                    endings.Add(new Ending(row.MailingId, MailingState.Waiting, null, EndOf.State(decision.Reason), EndOf.Reason(decision.Reason)));
                    Keep(decision);
                    break;
            }
        }

        if (locale is not null)
            ledgers.Add((person.CustomerId, book.Close(now)));
        if (dueAt == Instants.Never)
            nobodyWaits.Add(person.CustomerId);
        else
            due.Add(new DueRow { CustomerId = person.CustomerId, DueAt = Math.Max(dueAt, now) });
    }

    public async Task<IReadOnlyList<Committed>> WriteAsync(Transaction tx, long now)
    {
        tx.AfterCommit(tally.Publish);
        await Recipients.WriteLedgersAsync(tx, ledgers, now);
        var tokens = await Queue.CommitAsync(tx, commits);
        if (tokens.Count != commits.Count)
            throw new InvalidOperationException("a waiting mailing of a held person changed under the lock");
        if (commits.Count > 0)
            tx.AfterCommit(() => MailingTelemetry.Committed(commits.Count));
        await Queue.DeferAsync(tx, deferrals);
        await StoredVerdicts.AddAsync(tx, verdicts);
        var ended = await Endings.EndAsync(tx, endings, now);
        if (ended.Count != endings.Count)
            throw new InvalidOperationException("a waiting mailing of a held person ended under the lock");
        Announce.Ended(tx, ended);
        await DueList.SetAsync(tx, due);
        await DueList.RemoveAsync(tx, nobodyWaits);
        return tokens.ConvertAll(token =>
        {
            var (row, at, locale) = committing[token.MailingId];
            return new Committed(row, token.Token, at, locale);
        });
    }

    private void Defer(QueueRow row, in Decision decision)
    {
        var key = VerdictKey.Of(decision);
        if (key == row.VerdictKey)
            return;
        Keep(decision);
        deferrals.Add(new DeferRow(row.MailingId, decision.ReleaseAt == Instants.Never ? 0 : decision.ReleaseAt, key));
    }

    private void Keep(in Decision decision) => verdicts.Add(
        new VerdictRow { MailingId = decision.MailingId, DecidedAt = decision.At, Explanation = ExplanationCodec.Pack(Explanation.Of(decision, policy)) });

    /// <summary>At once where a permit will be free soon; else with jitter, or the same people would be claimed together for ever.</summary>
    private long NextTrial() =>
        !permits.IsAway ? 0 : (long)(permits.NextTrialIn.TotalMicroseconds * (1 + Random.Shared.NextDouble() / 4));
}
