using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>A person on whom deciding fails: somebody is alarmed, it is tried again in an hour, and what expires meanwhile expires.</summary>
internal sealed partial class SetCulpritAside(Database database, ILogger<SetCulpritAside> log)
{
    public async Task RunAsync(Guid customerId, Exception fault, CancellationToken cancellationToken)
    {
        LogCulprit(fault, customerId);
        await database.WriteAsync(
            async tx =>
            {
                if ((await Recipients.HoldAsync(tx, [customerId])).Count == 0)
                    return;
                var now = Instant.Of(await tx.NowAsync());
                var waiting = (await Queue.OfPeopleAsync(tx, [customerId])).Where(q => q.Waits).ToList();
                var expired = waiting.Where(q => q.ExpiresAt <= now).ToList();
                Announce.Ended(tx, await Endings.EndAsync(
                    tx, expired.ConvertAll(q => new Ending(q.MailingId, MailingState.Waiting, null, MailingState.Expired, EndOf.Reason(DeclineReason.Expired))), now));
                if (expired.Count == waiting.Count)
                    await DueList.RemoveAsync(tx, [customerId]);
                else
                    await DueList.SetAsync(tx, [new DueRow { CustomerId = customerId, DueAt = Math.Min(now + Instants.Hour, waiting.Except(expired).Min(q => q.ExpiresAt)) }]);
            },
            cancellationToken);
    }

    [LoggerMessage(LogLevel.Critical, "Nothing can be decided for customer {CustomerId}; tried again in an hour")]
    private partial void LogCulprit(Exception e, Guid customerId);
}
