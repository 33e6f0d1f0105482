using System.Security.Cryptography;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;
using V1Class = Loyalty.Communications.V1.MailingClass;

namespace Loyalty.Communications.Features;

/// <summary>Accepts one mailing and says what the gate thinks of it now: declined at once, or waiting, with the earliest time.</summary>
internal sealed class SubmitMailing(
    Database database,
    TemplateStore templates,
    Gatekeeping gatekeeping,
    Parked<CommunicationsModule> parked,
    PersonalValues<CommunicationsModule> secrets,
    LookupHash<CommunicationsModule> lookup,
    ForgetCopies copies,
    DispatchWake wake)
{
    /// <summary>Live mailings of one person. A code still gets through where promotions have piled up.</summary>
    private const int MostMarketing = 100;
    private const int MostOfAll = 200;

    public async Task<MailingView> RunAsync(MailingDraft draft, CancellationToken cancellationToken)
    {
        if (draft.ValidateOnly)
            return await database.ReadAsync(session => JudgeAsync(session, draft), cancellationToken);
        return await database.WriteAsync(tx => AcceptAsync(tx, draft), cancellationToken);
    }

    private async Task<MailingView> AcceptAsync(Transaction tx, MailingDraft draft)
    {
        if (await RepeatAsync(tx, draft) is { } before)
            return before;
        var template = await TemplateChecks.ApprovedAsync(templates, tx, draft);
        var personId = PersonOf(draft);
        var person = await Recipients.HoldOrMakeAsync(tx, personId, Instant.Of(await tx.NowAsync()));
        var now = Math.Max(Instant.Of(await tx.NowAsync()), person.LookedAt);
        var queue = await Queue.OfPeopleAsync(tx, [personId]);
        var replaced = TakeReplaced(queue, draft);
        RequireRoom(queue, template.Class);

        var row = MailingOf(draft, template, personId, now);
        var ageAt = AgeOf(replaced, now);
        var decision = Decide(row, template, ageAt, person, queue, (await parked.OfAsync(tx, [personId])).Count > 0, now);
        if (!await Mailings.AddAsync(tx, row))
            return await RepeatAsync(tx, draft) ?? throw new InvalidOperationException("a twin's mailing is gone");
        var tally = new DecisionTally();
        tally.Count(decision);
        tx.AfterCommit(tally.Publish);

        Announce.Ended(tx, await Endings.EndAsync(
            tx, replaced.ConvertAll(q => new Ending(q.MailingId, MailingState.Waiting, null, MailingState.Cancelled, EndReasons.Collapsed)), now));
        await StoredVerdicts.AddAsync(
            tx, [new VerdictRow { MailingId = row.MailingId, DecidedAt = now, Explanation = ExplanationCodec.Pack(Explanation.Of(decision, gatekeeping.Policy)) }]);
        if (decision.Kind == DecisionKind.Decline)
            await EndAtOnceAsync(tx, row, decision, now);
        else
            await WaitAsync(tx, draft, template, row, ageAt, decision, now);
        if (replaced.Count > 0)
            await LookNowAsync(tx, personId, now); // those behind may go sooner
        copies.AfterCommit(tx, [personId]);
        return await Mailings.ViewAsync(tx, row.MailingId) ?? throw new InvalidOperationException("the mailing was just written");
    }

    /// <summary>As <see cref="AcceptAsync"/>, without a lock and without a trace.</summary>
    private async Task<MailingView> JudgeAsync(Session session, MailingDraft draft)
    {
        var template = await TemplateChecks.ApprovedAsync(templates, session, draft);
        var personId = PersonOf(draft);
        var person = await Recipients.FindAsync(session, personId) ?? new RecipientRow { CustomerId = personId };
        var now = Math.Max(gatekeeping.Now(), person.LookedAt);
        var queue = await Queue.OfPeopleAsync(session, [personId]);
        var replaced = TakeReplaced(queue, draft);
        RequireRoom(queue, template.Class);
        var row = MailingOf(draft, template, personId, now);
        var decision = Decide(row, template, AgeOf(replaced, now), person, queue, (await parked.OfAsync(session, [personId])).Count > 0, now);
        return new MailingView
        {
            Mailing = row,
            State = decision.Kind == DecisionKind.Decline ? EndOf.State(decision.Reason) : MailingState.Waiting,
            ChangedAt = now,
            EndReason = decision.Kind == DecisionKind.Decline ? EndOf.Reason(decision.Reason) : null,
            Explanation = ExplanationCodec.Pack(Explanation.Of(decision, gatekeeping.Policy)),
        };
    }

    private Decision Decide(
        MailingRow row, V1.Template template, long ageAt, RecipientRow person, IReadOnlyList<QueueRow> queue, bool eventParked, long now)
    {
        var mailing = QueueRowOf(row, template, ageAt).ForTheGate();
        var seen = Gatekeeping.Recipient(person, queue, eventParked, now);
        var recipient = row.Direct ? new Recipient(ProfileDocument.Direct((Channel)row.Channel), seen.Ledger) : seen;
        Gate.Decide(recipient, mailing, queue.Where(q => q.Waits).Select(q => q.ForTheGate()).ToArray(), gatekeeping.Visit(now), out var decision);
        return decision;
    }

    private static async Task EndAtOnceAsync(Transaction tx, MailingRow row, Decision decision, long now)
    {
        var (state, reason) = (EndOf.State(decision.Reason), EndOf.Reason(decision.Reason));
        await Endings.AddAsync(tx, row.MailingId, row.CustomerId, state, reason, now);
        Announce.Ended(tx, [new EndedRow
        {
            MailingId = row.MailingId,
            CustomerId = row.CustomerId,
            State = (short)state,
            Reason = reason,
            EndedAt = now,
            Class = row.Class,
            Template = row.Template,
            RequestId = row.RequestId,
        }]);
    }

    private async Task WaitAsync(
        Transaction tx, MailingDraft draft, V1.Template template, MailingRow row, long ageAt, Decision decision, long now)
    {
        var key = await secrets.CreateKeyAsync(tx, row.CustomerId);
        var content = new MailingContent(new Dictionary<string, string>(draft.Variables, StringComparer.Ordinal), draft.Direct?.Address, draft.Direct?.Locale);
        await Mailings.KeepContentAsync(tx, row.MailingId, key.Seal(content.Write()));
        var releaseAt = decision.Kind == DecisionKind.Send || decision.ReleaseAt == Instants.Never ? 0 : decision.ReleaseAt;
        await Queue.AddAsync(tx, QueueRowOf(row, template, ageAt, releaseAt, VerdictKey.Of(decision)));
        await DueList.BringForwardAsync(tx, row.CustomerId, decision.Kind == DecisionKind.Send ? now : Math.Max(now, decision.DueAt));
        if (decision.Kind == DecisionKind.Send)
            tx.AfterCommit(wake.Set);
    }

    private async Task LookNowAsync(Transaction tx, Guid personId, long now)
    {
        if (!await Queue.SomebodyWaitsAsync(tx, personId))
            return;
        await DueList.BringForwardAsync(tx, personId, now);
        tx.AfterCommit(wake.Set);
    }

    /// <summary>Takes out of the line what the draft collapses.</summary>
    private static List<QueueRow> TakeReplaced(List<QueueRow> queue, MailingDraft draft)
    {
        var replaced = queue.FindAll(q => q.Waits && draft.CollapseKey is not null
            && string.Equals(q.CollapseKey, draft.CollapseKey, StringComparison.Ordinal) && string.Equals(q.Sender, draft.Sender, StringComparison.Ordinal));
        queue.RemoveAll(replaced.Contains);
        return replaced;
    }

    private static long AgeOf(List<QueueRow> replaced, long now) => replaced.Select(q => q.AgeAt).Append(now).Min();

    private async Task<MailingView?> RepeatAsync(Session session, MailingDraft draft)
    {
        if (await Mailings.OfRequestAsync(session, draft.Sender, draft.RequestId) is not { } before)
            return null;
        if (!CryptographicOperations.FixedTimeEquals(before.RequestHash, HashOf(draft)))
            throw new Refusal(RefusalKind.Aborted, "REQUEST_ID_REUSED", "This request_id came before with another payload.");
        return await Mailings.ViewAsync(session, before.MailingId);
    }

    private static void RequireRoom(List<QueueRow> queue, V1Class @class)
    {
        var most = @class is V1Class.Promotion or V1Class.Relationship ? MostMarketing : MostOfAll;
        if (queue.Count >= most)
        {
            throw new Refusal(RefusalKind.ResourceExhausted, "TOO_MANY_WAITING", $"{queue.Count} mailings wait for this person already.")
            {
                RetryAfter = TimeSpan.FromHours(1),
            };
        }
    }

    private Guid PersonOf(MailingDraft draft) => draft.Direct is { } direct
        ? DirectRecipient.IdOf(lookup.Of($"direct {draft.Channel}", direct.Address.ToLowerInvariant()))
        : draft.CustomerId;

    // Under a key: the request holds names and addresses, and a plain hash of them can be guessed.
    private byte[] HashOf(MailingDraft draft) => lookup.Of("request", draft.RequestHash);

    private MailingRow MailingOf(MailingDraft draft, V1.Template template, Guid personId, long now)
    {
        var lifetime = Lifetime.Of((MailingClass)template.Class);
        return new MailingRow
        {
            MailingId = Guid.CreateVersion7(Instant.From(now)),
            CustomerId = personId,
            Direct = draft.Direct is not null,
            Template = template.Name,
            TemplateVersion = template.Version,
            Class = (short)template.Class,
            Intent = (short)template.Intent,
            Kind = (short)template.Kind,
            Channel = (short)draft.Channel,
            Priority = (short)draft.Priority,
            NotBefore = draft.NotBefore is { } notBefore ? Instant.Of(notBefore) : 0,
            ExpiresAt = draft.ExpiresAt is { } expiresAt
                ? Instant.Of(expiresAt)
                : Math.Max(now, draft.NotBefore is { } from ? Instant.Of(from) : 0) + (long)lifetime.TotalMicroseconds,
            CollapseKey = draft.CollapseKey,
            CampaignId = draft.CampaignId,
            Sender = draft.Sender,
            RequestId = draft.RequestId,
            RequestHash = HashOf(draft),
            AcceptedAt = now,
        };
    }

    private static QueueRow QueueRowOf(MailingRow row, V1.Template template, long ageAt, long releaseAt = 0, long verdictKey = 0) => new()
    {
        MailingId = row.MailingId,
        CustomerId = row.CustomerId,
        State = (short)MailingState.Waiting,
        Direct = row.Direct,
        Class = row.Class,
        Intent = row.Intent,
        Kind = row.Kind,
        Channel = row.Channel,
        Urgent = template.Urgent,
        Priority = row.Priority,
        Template = row.Template,
        TemplateVersion = row.TemplateVersion,
        Sender = row.Sender,
        RequestId = row.RequestId,
        CollapseKey = row.CollapseKey,
        AgeAt = ageAt,
        NotBefore = row.NotBefore,
        ExpiresAt = row.ExpiresAt,
        ReleaseAt = releaseAt,
        VerdictKey = verdictKey,
    };
}
