using Loyalty.Communications.V1;
using Loyalty.Recognitions.Domain;
using Loyalty.Recognitions.Storage;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Recognitions.Features;

/// <summary>
/// Hands the mailing of a granted thanks to the attention gate. It hears its own service, so that the outbox is the list of what is to be
/// handed over and a gate that is away is asked again; the recognition's id as request_id makes a repeat harmless.
/// </summary>
internal sealed class MailThanks(Database database, MailingService.MailingServiceClient mailings, RecognitionOptions options)
    : IHandle<V1.RecognitionChanged>
{
    public const string Template = "thanks";

    public async Task HandleAsync(V1.RecognitionChanged message, Inbox inbox, CancellationToken cancellationToken)
    {
        if (message.State != V1.RecognitionState.Granted)
            return;
        var recognitionId = Guid.Parse(message.RecognitionId);
        var recognition = await database.ReadAsync(session => RecognitionRow.FindAsync(session, recognitionId), cancellationToken);
        if (recognition is not { State: RecognitionState.Granted })
            return;

        var answer = await mailings.SubmitMailingAsync(
            new SubmitMailingRequest
            {
                RequestId = message.RecognitionId,
                CustomerId = message.CustomerId,
                Template = Template,
                Variables = { ["act"] = ActWords.Of(recognition.Act) },
            },
            deadline: Deadlines.In(options.CommunicationDeadline),
            cancellationToken: cancellationToken);
        var mailingId = Guid.Parse(answer.Mailing.MailingId);
        await inbox.OnceAsync(
            async tx =>
            {
                var row = await RecognitionRow.LockAsync(tx, recognitionId);
                if (row is { State: RecognitionState.Granted })
                    await row.StepAsync(tx, Endings.Of(answer.Mailing.State) ?? RecognitionState.Mailed, mailingId);
            },
            cancellationToken);
    }
}
