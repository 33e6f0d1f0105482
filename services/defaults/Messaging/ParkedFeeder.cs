using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Feeds the parked events of one module to their handlers again when they are due.</summary>
internal sealed class ParkedFeeder(Hearer hearer, MessagingOptions options, ILogger logger)
{
    /// <summary>One try of one event that is due; false when there is none.</summary>
    public async Task<bool> FeedAsync(CancellationToken cancellationToken)
    {
        // The lease outlives the slowest handler, so that another replica takes an event only from a dead one.
        var lease = options.HandlerTimeout + TimeSpan.FromSeconds(10);
        var parked = await hearer.Database.WriteAsync(transaction => InboxTables.TakeDueAsync(transaction, lease), cancellationToken);
        if (parked is null)
            return false;
        try
        {
            await FeedAsync(parked, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host stops: this was not a try, and the next owner need not wait for the lease.
            await hearer.Database.WriteAsync(
                transaction => InboxTables.GiveBackAsync(transaction, parked.Consumer, parked.MessageId), CancellationToken.None);
            throw;
        }

        return true;
    }

    private async Task FeedAsync(ParkedEvent parked, CancellationToken cancellationToken)
    {
        var handlers = hearer.HandlersOf(parked.Source, parked.Type).ToList();
        if (parked.Consumer.Length == 0 && handlers.Count > 0)
        {
            await SpreadAsync(parked, handlers, cancellationToken);
            return;
        }

        var handler = handlers.Find(h => h.Consumer == parked.Consumer);
        if (handler is null)
        {
            await GiveUpAsync(parked, "nobody here hears this type", cancellationToken);
            return;
        }

        var failure = await hearer.TryAgainAsync(handler, parked.Envelope, cancellationToken);
        if (failure is null)
            return;
        var (attempts, reason) = (parked.Attempts + 1, InboxTables.Reason(failure));
        if (attempts >= options.ParkTries)
        {
            await GiveUpAsync(parked, reason, cancellationToken);
            return;
        }

        logger.Parked(failure, hearer.Service, parked.Consumer, parked.Type, parked.MessageId, attempts);
        await hearer.Database.WriteAsync(
            transaction => InboxTables.PostponeAsync(transaction, parked.Consumer, parked.MessageId, reason, options.DelayAfter(attempts)),
            cancellationToken);
    }

    /// <summary>Came when nobody heard its type; this release does.</summary>
    private Task SpreadAsync(ParkedEvent parked, List<HeardEvent> handlers, CancellationToken cancellationToken) =>
        hearer.Database.WriteAsync(
            async transaction =>
            {
                await InboxTables.UnparkAsync(transaction, parked.Consumer, parked.MessageId);
                foreach (var handler in handlers)
                    await InboxTables.ParkAsync(transaction, parked.Envelope, handler.Consumer, about: null, attempts: 0, "came before it was heard", TimeSpan.Zero);
            },
            cancellationToken);

    private async Task GiveUpAsync(ParkedEvent parked, string reason, CancellationToken cancellationToken)
    {
        await hearer.Database.WriteAsync(
            transaction => InboxTables.GiveUpAsync(transaction, parked.Consumer, parked.MessageId, reason), cancellationToken);
        logger.Failed(hearer.Service, parked.Type, parked.MessageId, parked.Consumer, reason);
    }
}
