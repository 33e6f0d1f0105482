using System.Diagnostics;
using Google.Protobuf;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Hands events to the handlers of one module; what a handler throws is parked in the module's own database.</summary>
internal sealed class Hearer(
    string service,
    IReadOnlyList<HeardEvent> heard,
    Database database,
    IHeartbeats heartbeats,
    IServiceScopeFactory scopes,
    MessagingOptions options,
    ILogger logger)
{
    public string Service => service;

    public Database Database => database;

    /// <summary>
    /// Returns when the event needs no redelivery: every handler has handled, parked or failed it. Throws when the own database could
    /// not be written, and then nothing may be acknowledged.
    /// </summary>
    public async Task HearAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        var handlers = heard.Where(h => h.Source == envelope.Source && h.Descriptor.FullName == envelope.Type).ToList();
        var heartbeat = IsHeartbeat(envelope);
        if (heartbeat)
            await heartbeats.HeardAsync(database, envelope, cancellationToken); // also where somebody hears it as an event
        if (handlers.Count == 0 && !heartbeat)
            await FailAsync(envelope, "", "nobody here hears this type", cancellationToken);

        foreach (var handler in handlers)
            await HandOverAsync(handler, envelope, cancellationToken);
    }

    /// <summary>Another try of a parked event; null when it succeeded.</summary>
    public async Task<Exception?> TryAgainAsync(HeardEvent handler, Envelope envelope, CancellationToken cancellationToken)
    {
        try
        {
            await HandleAsync(handler, envelope, handler.Descriptor.Parser.ParseFrom(envelope.Payload), parked: true, cancellationToken);
            return null;
        }
        catch (Exception e) when (!database.IsAway(e) && !cancellationToken.IsCancellationRequested)
        {
            return e;
        }
    }

    public IEnumerable<HeardEvent> HandlersOf(string source, string type) => heard.Where(h => h.Source == source && h.Descriptor.FullName == type);

    /// <summary>Stores what nobody can read, or nobody may try again, as it came.</summary>
    public async Task FailAsync(Envelope envelope, string consumer, string reason, CancellationToken cancellationToken)
    {
        await database.WriteAsync(transaction => InboxTables.FailAsync(transaction, envelope, consumer, reason), cancellationToken);
        logger.Failed(service, envelope.Type, envelope.MessageId, consumer, reason);
    }

    private async Task HandOverAsync(HeardEvent handler, Envelope envelope, CancellationToken cancellationToken)
    {
        IMessage message;
        try
        {
            message = handler.Descriptor.Parser.ParseFrom(envelope.Payload);
        }
        catch (InvalidProtocolBufferException e)
        {
            await FailAsync(envelope, handler.Consumer, InboxTables.Reason(e), cancellationToken);
            return;
        }

        try
        {
            await HandleAsync(handler, envelope, message, parked: false, cancellationToken);
        }
        catch (Exception e) when (!database.IsAway(e) && !cancellationToken.IsCancellationRequested)
        {
            await database.WriteAsync(
                transaction => InboxTables.ParkAsync(
                    transaction, envelope, handler.Consumer, message, attempts: 1, InboxTables.Reason(e), options.DelayAfter(1)),
                cancellationToken);
            MessagingTelemetry.ParkedEvents.Add(1, new KeyValuePair<string, object?>("consumer", handler.Consumer));
            logger.Parked(e, service, handler.Consumer, envelope.Type, envelope.MessageId, 1);
        }
    }

    private async Task HandleAsync(HeardEvent handler, Envelope envelope, IMessage message, bool parked, CancellationToken cancellationToken)
    {
        using var activity = Activity.Current is null || parked
            ? MessagingTelemetry.Start(handler.Consumer, ActivityKind.Consumer, envelope.Traceparent)
            : MessagingTelemetry.Source.StartActivity(handler.Consumer, ActivityKind.Consumer);
        activity?.SetTag("messaging.message.id", envelope.MessageId);
        activity?.SetTag("messaging.destination.name", envelope.Type);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(options.HandlerTimeout);
        var inbox = new Inbox(database, envelope, handler.Consumer, parked);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await handler.HandleAsync(scope.ServiceProvider, message, inbox, bounded.Token);
            if (!inbox.Done && (parked || inbox.HasBadEntries))
                await inbox.OnceAsync(_ => Task.CompletedTask, bounded.Token);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.GetType().Name);
            throw;
        }

        var consumer = new KeyValuePair<string, object?>("consumer", handler.Consumer);
        MessagingTelemetry.Handled.Add(1, consumer);
        MessagingTelemetry.Lag.Record((InboxTables.Now - envelope.WrittenAt) / 1e6, consumer);
    }

    private bool IsHeartbeat(Envelope envelope) =>
        heard.Any(h => h.Source == envelope.Source && EventMap.HeartbeatOf(h)?.FullName == envelope.Type);
}
