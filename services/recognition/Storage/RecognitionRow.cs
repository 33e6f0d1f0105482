using Loyalty.Recognitions.Domain;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Recognitions.Storage;

/// <summary>One row of <c>recognitions</c>.</summary>
internal sealed record RecognitionRow
{
    public const string Columns = "recognition_id, customer_id, interaction_id, kind, act, state, revision, granted_at, mailing_id";

    public Guid RecognitionId { get; init; }

    public Guid CustomerId { get; init; }

    public Guid InteractionId { get; init; }

    public int Kind { get; init; }

    public int Act { get; init; }

    public RecognitionState State { get; init; }

    public long Revision { get; init; }

    public DateTimeOffset GrantedAt { get; init; }

    public Guid? MailingId { get; init; }

    public static Task<RecognitionRow?> FindAsync(Session session, Guid recognitionId) => session.FirstOrDefaultAsync<RecognitionRow>(
        $"SELECT {Columns} FROM recognitions WHERE recognition_id = @recognitionId", new { recognitionId });

    /// <summary>Reads the row and holds its lock until the transaction ends; null when there is none.</summary>
    public static Task<RecognitionRow?> LockAsync(Transaction tx, Guid recognitionId) => tx.FirstOrDefaultAsync<RecognitionRow>(
        $"SELECT {Columns} FROM recognitions WHERE recognition_id = @recognitionId {tx.Sql("FOR UPDATE", "")}", new { recognitionId });

    public async Task InsertAsync(Transaction tx)
    {
        await tx.ExecuteAsync(
            $"""
            INSERT INTO recognitions ({Columns})
            VALUES (@RecognitionId, @CustomerId, @InteractionId, @Kind, @Act, @State, @Revision, @GrantedAt, @MailingId)
            """,
            this);
        tx.Say(Changed());
    }

    /// <summary>Takes the step and says so; the caller holds the lock and has asked whether the step is one.</summary>
    public async Task StepAsync(Transaction tx, RecognitionState state, Guid mailingId)
    {
        if (!State.MayBecome(state))
            throw new InvalidOperationException($"Recognition {RecognitionId} is {State} and cannot become {state}.");
        var next = this with { State = state, Revision = Revision + 1, MailingId = mailingId };
        await tx.ExecuteAsync(
            "UPDATE recognitions SET state = @State, revision = @Revision, mailing_id = @MailingId WHERE recognition_id = @RecognitionId", next);
        tx.Say(next.Changed());
    }

    private V1.RecognitionChanged Changed() => new()
    {
        RecognitionId = RecognitionId.ToString(),
        CustomerId = CustomerId.ToString(),
        Revision = Revision,
        Kind = (V1.RecognitionKind)Kind,
        State = (V1.RecognitionState)State,
    };
}
