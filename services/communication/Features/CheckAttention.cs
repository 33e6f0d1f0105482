using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>What somebody would like to mail.</summary>
internal sealed record AttentionQuestion(Guid CustomerId, string Template, Channel Channel, DateTimeOffset? NotBefore, DateTimeOffset? ExpiresAt);

/// <summary>The dry run: the same decision as a submit, standing in the same line, on a copy that may be a minute old; changes nothing.</summary>
internal sealed class CheckAttention(
    Database database, TemplateStore templates, Gatekeeping gatekeeping, Parked<CommunicationsModule> parked, IRecipientCopies copies, CommunicationOptions options)
{
    public async Task<(Explanation Explanation, DateTimeOffset AsOf)> RunAsync(AttentionQuestion question, CancellationToken cancellationToken)
    {
        var template = await database.ReadAsync(session => TemplateChecks.ApprovedAsync(templates, session, question.Template), cancellationToken);
        var copy = await CopyAsync(question.CustomerId, gatekeeping.Now(), cancellationToken);
        var now = Math.Max(gatekeeping.Now(), copy.AsOf); // for one person it never runs backwards
        var mailing = new Mailing
        {
            Id = Guid.AllBitsSet, // behind all that were accepted at the same instant
            Class = (MailingClass)template.Class,
            Intent = (Intent)template.Intent,
            Kind = (MailingKind)template.Kind,
            Channel = question.Channel,
            Urgent = template.Urgent,
            AcceptedAt = now,
            NotBefore = question.NotBefore is { } notBefore ? Instant.Of(notBefore) : 0,
            ExpiresAt = question.ExpiresAt is { } expiresAt
                ? Instant.Of(expiresAt)
                : Math.Max(now, question.NotBefore is { } from ? Instant.Of(from) : 0) + (long)Lifetime.Of((MailingClass)template.Class).TotalMicroseconds,
        };
        Gate.Decide(copy.ForTheGate(now), mailing, copy.Waiting, gatekeeping.Visit(now), out var decision);
        return (Explanation.Of(decision, gatekeeping.Policy), Instant.From(copy.AsOf));
    }

    /// <summary>Everything about one person, without a lock.</summary>
    private static async Task<RecipientCopy> ReadAsync(Session session, Parked<CommunicationsModule> parked, Guid customerId, long now)
    {
        var person = await Recipients.FindAsync(session, customerId);
        var queue = await Queue.OfPeopleAsync(session, [customerId]);
        var inDoubt = await parked.OfAsync(session, [customerId]);
        return RecipientCopy.Of(person, queue, inDoubt.Count > 0, Math.Max(now, person?.LookedAt ?? 0));
    }

    private async Task<RecipientCopy> CopyAsync(Guid customerId, long now, CancellationToken cancellationToken)
    {
        if (options.DryRunCache == TimeSpan.Zero)
            return await database.ReadAsync(session => ReadAsync(session, parked, customerId, now), cancellationToken);
        var (kept, ticket) = await copies.FindAsync(customerId);
        if (kept is not null && RecipientCopy.Read(kept) is var known && now - known.AsOf <= (long)options.DryRunCache.TotalMicroseconds)
            return known;
        var copy = await database.ReadAsync(session => ReadAsync(session, parked, customerId, now), cancellationToken);
        copies.Keep(customerId, copy.Write(), ticket, options.DryRunCache);
        return copy;
    }
}
