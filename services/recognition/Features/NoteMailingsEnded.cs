using Loyalty.Communications.V1;
using Loyalty.Recognitions.Domain;
using Loyalty.Recognitions.Storage;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Recognitions.Features;

/// <summary>Notes whether thanks arrived. Mailings of others pass by: our request_id is the id of a recognition.</summary>
internal sealed class NoteMailingsEnded : IHandle<MailingsEnded>
{
    public Task HandleAsync(MailingsEnded message, Inbox inbox, CancellationToken cancellationToken)
    {
        var endings = message.Entries
            .Where(entry => entry.Template == MailThanks.Template && Guid.TryParse(entry.RequestId, out _) && Guid.TryParse(entry.MailingId, out _))
            .Select(entry => (RecognitionId: Guid.Parse(entry.RequestId), MailingId: Guid.Parse(entry.MailingId), State: Endings.Of(entry.State)))
            .OrderBy(ending => ending.RecognitionId)
            .ToList();
        return inbox.OnceAsync(
            async tx =>
            {
                foreach (var (recognitionId, mailingId, state) in endings)
                {
                    var row = await RecognitionRow.LockAsync(tx, recognitionId);
                    if (row is null || state is not { } end || (row.MailingId ?? mailingId) != mailingId)
                        continue;
                    if (row.State.MayBecome(end))
                        await row.StepAsync(tx, end, mailingId);
                }
            },
            cancellationToken);
    }
}
