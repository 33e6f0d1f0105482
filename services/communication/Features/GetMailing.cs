using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Communications.Features;

/// <summary>Reads one mailing, as long as it is kept.</summary>
internal sealed class GetMailing(Database database)
{
    public async Task<MailingView> RunAsync(Guid mailingId, CancellationToken cancellationToken) =>
        await database.ReadAsync(session => Mailings.ViewAsync(session, mailingId), cancellationToken)
        ?? throw Refusal.NotFound("MAILING_UNKNOWN", "There is no such mailing, or no longer.");
}
