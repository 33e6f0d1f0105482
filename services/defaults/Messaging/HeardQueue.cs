using System.Security.Cryptography;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>
/// What one hearing service gets from one saying service, on its way out of the queue. It ends the receive pipeline: nothing of it reaches
/// MassTransit's own error handling, so nothing is ever moved to <c>_error</c> or <c>_skipped</c>.
/// </summary>
internal sealed class HeardQueue(
    Hearer hearer, string source, string name, LocalDeliveries deliveries, IHostApplicationLifetime host, MessagingOptions options, ILogger logger)
    : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var envelope = Read(context);
        await UntilKeptAsync(() => hearer.HearAsync(envelope, CancellationToken.None));
        deliveries.Handled(envelope.MessageId, name);
    }

    /// <summary>Tries until the own database has it: a message that went back into the queue would come again at once, and be counted.</summary>
    public async Task UntilKeptAsync(Func<Task> keepAsync)
    {
        var backoff = new Backoff(options.AwayPauseMost);
        while (true)
        {
            try
            {
                await keepAsync();
                return;
            }
            catch (Exception e) when (!host.ApplicationStopping.IsCancellationRequested)
            {
                // The message stays unacknowledged, and with it the queue's turn: the endpoint pauses. When the host stops meanwhile,
                // the delay throws and the broker hands the message to the next one.
                var pause = backoff.Next();
                logger.DatabaseAway(e, hearer.Service, pause);
                await Task.Delay(pause, host.ApplicationStopping);
            }
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("heard").Add("source", source);

    public Envelope Read(ReceiveContext context)
    {
        var headers = context.TransportHeaders;
        var payload = context.GetBody();
        return new Envelope(
            // A foreign message may have no id; the same bytes then are the same message.
            context.GetMessageId() ?? new Guid(SHA256.HashData(payload).AsSpan(0, 16), bigEndian: true),
            source,
            Text(Envelope.TypeHeader),
            payload,
            Text(Envelope.TraceHeader) is { Length: > 0 } trace ? trace : null,
            Number(Envelope.SaidAtHeader),
            Number(Envelope.WrittenAtHeader));

        // Anybody may put anything into the queue; PostgreSQL keeps no NUL, and a message that cannot be kept would be tried for ever.
        string Text(string name) => headers.TryGetHeader(name, out var value) && value is string text ? text.Replace('\0', '\uFFFD') : "";
        long Number(string name) => headers.TryGetHeader(name, out var value) && value is long or int ? Convert.ToInt64(value, provider: null) : InboxTables.Now;
    }
}

/// <summary>What came too often for a quorum queue: it is kept with the failed ones, to be listed and replayed with them.</summary>
internal sealed class DeadQueue(Hearer hearer, HeardQueue queue) : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var envelope = queue.Read(context);
        return queue.UntilKeptAsync(() => hearer.FailAsync(envelope, "", "redelivered too often", CancellationToken.None));
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("dead");
}

/// <summary>Ends a pipeline.</summary>
internal sealed class End<T> : IFilter<T>
    where T : class, PipeContext
{
    public Task Send(T context, IPipe<T> next) => Task.CompletedTask;

    public void Probe(ProbeContext context) => context.CreateFilterScope("end");
}
