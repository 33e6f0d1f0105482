using Loyalty.Interactions.V1;
using Loyalty.Recognitions.Domain;
using Loyalty.Recognitions.Storage;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Recognitions.Features;

/// <summary>Grants a thanks for a hidden act: each act is judged once, under the lock of its person, so that replicas cannot thank twice.</summary>
internal sealed class ThankOnActObserved(RecognitionOptions options) : IHandle<InteractionsRecorded>
{
    public Task HandleAsync(InteractionsRecorded message, Inbox inbox, CancellationToken cancellationToken) => inbox.OnceAsync(
        async tx =>
        {
            // People in ascending order, so that two batches wait for each other and do not deadlock.
            foreach (var act in Read(message, inbox).OrderBy(act => act.CustomerId).ThenBy(act => act.InteractionId).ThenBy(act => act.Revision))
                await HearAsync(tx, act);
        },
        cancellationToken);

    private static List<Act> Read(InteractionsRecorded message, Inbox inbox)
    {
        var acts = new List<Act>();

        // An act that was corrected into something else may be heard before the act itself, so corrections are of interest too.
        foreach (var entry in message.Entries.Where(entry => entry.HiddenAct || entry.Revision > 1))
        {
            if (Guid.TryParse(entry.CustomerId, out var customerId) && Guid.TryParse(entry.InteractionId, out var interactionId))
            {
                acts.Add(new Act(customerId, interactionId, (int)entry.Kind, entry.Revision, entry.HiddenAct));
                continue;
            }

            var fault = new FormatException("customer_id or interaction_id is no UUID");
            if (message.Entries.Count == 1)
                throw fault; // nothing to let through: it is parked as it is, and its tries are counted
            inbox.Park(new InteractionsRecorded { Entries = { entry } }, fault);
        }

        return acts;
    }

    private async Task HearAsync(Transaction tx, Act act)
    {
        var known = await tx.FirstOrDefaultAsync<ActRow>(
            """
            INSERT INTO acts (interaction_id, revision) VALUES (@InteractionId, @Revision)
            ON CONFLICT (interaction_id) DO UPDATE SET revision = excluded.revision WHERE acts.revision < excluded.revision
            RETURNING interaction_id, heard_at
            """,
            act);
        if (known is null || known.HeardAt is not null || !act.IsHiddenAct)
            return; // old news, judged before, or no hidden act any more

        await tx.ExecuteAsync("INSERT INTO people (customer_id) VALUES (@CustomerId) ON CONFLICT (customer_id) DO NOTHING", act);
        var person = await tx.SingleAsync<PersonRow>(
            $"SELECT customer_id, thanked_at FROM people WHERE customer_id = @CustomerId {tx.Sql("FOR UPDATE", "")}", act);
        var now = await tx.NowAsync();
        await tx.ExecuteAsync("UPDATE acts SET heard_at = @now WHERE interaction_id = @InteractionId", new { now, act.InteractionId });
        if (Cooldown.IsOver(person.ThankedAt, options.ThanksCooldown, now))
            await GrantAsync(tx, act, now);
    }

    private static async Task GrantAsync(Transaction tx, Act act, DateTimeOffset now)
    {
        await tx.ExecuteAsync("UPDATE people SET thanked_at = @now WHERE customer_id = @CustomerId", new { now, act.CustomerId });
        await new RecognitionRow
        {
            RecognitionId = Guid.CreateVersion7(now),
            CustomerId = act.CustomerId,
            InteractionId = act.InteractionId,
            Kind = (int)V1.RecognitionKind.Thanks,
            Act = act.Kind,
            State = RecognitionState.Granted,
            Revision = 1,
            GrantedAt = now,
        }.InsertAsync(tx);
    }

    private sealed record Act(Guid CustomerId, Guid InteractionId, int Kind, long Revision, bool IsHiddenAct);

    private sealed record ActRow
    {
        public Guid InteractionId { get; init; }

        public DateTimeOffset? HeardAt { get; init; }
    }

    private sealed record PersonRow
    {
        public Guid CustomerId { get; init; }

        public DateTimeOffset? ThankedAt { get; init; }
    }
}
