using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Storage;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Says what has ended, in the transaction that ended it.</summary>
internal static class Announce
{
    /// <summary>Of the contract; 200 entries are far under 256 kB.</summary>
    private const int EntriesPerEvent = 200;

    public static void Ended(Transaction tx, IReadOnlyList<EndedRow> ended)
    {
        foreach (var batch in ended.Chunk(EntriesPerEvent))
            tx.Say(new MailingsEnded { Entries = { batch.Select(Entry) } });
        tx.AfterCommit(() =>
        {
            foreach (var row in ended)
                MailingTelemetry.Became((Domain.MailingState)row.State);
        });
    }

    private static MailingsEnded.Types.Entry Entry(EndedRow row) => new()
    {
        MailingId = row.MailingId.ToString("D"),
        CustomerId = Domain.DirectRecipient.Is(row.CustomerId) ? "" : row.CustomerId.ToString("D"),
        Template = row.Template,
        Class = (MailingClass)row.Class,
        State = (MailingState)row.State,
        EndedAt = Instant.From(row.EndedAt).ToTimestamp(),
        RequestId = row.RequestId,
        Revision = row.EndedAt,
        EndReason = row.Reason ?? "",
    };
}
