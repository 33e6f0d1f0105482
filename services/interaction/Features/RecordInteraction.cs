using System.Text.RegularExpressions;
using Loyalty.Interactions.Domain;
using Loyalty.Interactions.Storage;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Interactions.Features;

/// <summary>Records one fact once: told again it is the same, told differently it is a correction and a new revision.</summary>
internal sealed partial class RecordInteraction(
    Database database, PersonalValues values, LookupHash hashes, PersonFinder people, TimeProvider clock)
{
    private const int LongestText = 10_000;
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMinutes(5);

    public async Task<V1.RecordInteractionResponse> HandleAsync(V1.RecordInteractionRequest request, CancellationToken cancellationToken)
    {
        var fact = Check(request);
        if (request.WhoCase == V1.RecordInteractionRequest.WhoOneofCase.Identifier)
            fact = fact with { CustomerId = await people.ByIdentifierAsync(request.Identifier, cancellationToken) };
        else
            await people.EnsureKnownAsync(fact.CustomerId, cancellationToken);
        var content = hashes.Of("fact", fact.Content());
        return await database.WriteAsync(tx => RecordAsync(tx, request, fact, content), cancellationToken);
    }

    private Fact Check(V1.RecordInteractionRequest request)
    {
        var check = new InputCheck();
        var customerId = Guid.Empty;
        if (request.WhoCase == V1.RecordInteractionRequest.WhoOneofCase.CustomerId)
            customerId = check.Id("customer_id", request.CustomerId);
        else if (request.WhoCase == V1.RecordInteractionRequest.WhoOneofCase.None)
            check.Violation("customer_id", "is required, or an identifier");
        check.Enum("kind", request.Kind);
        check.Matches("source_system", request.SourceSystem, SystemName(), "must be 1 to 64 characters of [a-z0-9_.-]");
        check.Length("source_id", request.SourceId, 1, 128);
        check.Length("text", request.Text, 0, LongestText);
        var occurredAt = check.Timestamp("occurred_at", request.OccurredAt, DateTimeOffset.UnixEpoch, clock.GetUtcNow() + ClockSlack);
        Money? value = null;
        if (request.Value is { } given && !Money.TryRead(given.Currency, given.Units, given.Nanos, out value, out var field, out var problem))
            check.Violation($"value.{field}", problem);
        check.ThrowIfAny();
        return new Fact(customerId, (InteractionKind)request.Kind, occurredAt, value, request.Text);
    }

    private async Task<V1.RecordInteractionResponse> RecordAsync(Transaction tx, V1.RecordInteractionRequest request, Fact fact, byte[] content)
    {
        var now = await tx.NowAsync();
        var key = new FactKey
        {
            SourceSystem = request.SourceSystem,
            SourceId = request.SourceId,
            InteractionId = Guid.CreateVersion7(now),
            Content = content,
        };
        var row = new InteractionRow
        {
            InteractionId = key.InteractionId,
            SourceSystem = key.SourceSystem,
            SourceId = key.SourceId,
            RecordedAt = now,
        };
        if (!await key.TryClaimAsync(tx))
        {
            key = await FactKey.LockAsync(tx, request.SourceSystem, request.SourceId);
            row = await InteractionRow.ReadAsync(tx, key.InteractionId);
            if (key.Content.AsSpan().SequenceEqual(content))
                return await AnswerAsync(tx, row);
            await key.SaveContentAsync(tx, content);
        }

        var text = fact.Text.Length > 0 ? (await values.CreateKeyAsync(tx, fact.CustomerId)).Seal(fact.Text) : null;
        row = row.Telling(fact, text);
        await row.SaveAsync(tx);
        tx.Say(new V1.InteractionsRecorded { Entries = { row.ToEntry() } });
        return await AnswerAsync(tx, row);
    }

    private async Task<V1.RecordInteractionResponse> AnswerAsync(Session session, InteractionRow row) => new()
    {
        Interaction = row.ToWire(row.Text is null ? null : await values.KeyAsync(session, row.CustomerId)),
    };

    [GeneratedRegex("^[a-z0-9_.-]{1,64}\\z", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex SystemName();
}
