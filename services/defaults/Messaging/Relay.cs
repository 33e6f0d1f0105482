using System.Collections.Concurrent;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>
/// Publishes one database's outbox in the order of its ids, as far as possible, at least once, and deletes what is confirmed. Replicas
/// share the work.
/// </summary>
internal sealed class Relay(string service, Database database, Publisher publisher, LocalDeliveries? local, MessagingOptions options, ILogger logger)
{
    /// <summary>Unfinished events that the in-memory bus holds at a time.</summary>
    private const int MostInFlight = 2000;

    private readonly ConcurrentQueue<long> finished = new();
    private readonly HashSet<long> inFlight = [];

    public async Task RunAsync(CancellationToken stopping)
    {
        var backoff = new Backoff(options.AwayPauseMost);
        await publisher.ReadyAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var published = local is null ? await ToBrokerAsync(stopping) : await ToMemoryAsync(local, stopping);
                backoff.Reset();
                if (published < options.RelayBatch)
                    await database.Said.WaitAsync(options.RelayPoll, stopping);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                var pause = backoff.Next();
                logger.RelayPaused(e, service, pause);
                await Task.Delay(pause, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private Task<int> ToBrokerAsync(CancellationToken stopping) =>
        database.Provider == Provider.Postgres
            ? database.WriteAsync(transaction => MoveAsync(transaction, " FOR UPDATE SKIP LOCKED", Delete(transaction), stopping), stopping)
            // SQLite has one writer: it must not wait for the broker.
            : database.ReadAsync(
                session => MoveAsync(session, "", ids => database.WriteAsync(transaction => Delete(transaction)(ids), stopping), stopping), stopping);

    private async Task<int> MoveAsync(Session session, string locking, Func<long[], Task> delete, CancellationToken stopping)
    {
        var rows = await RowsAsync(session, options.RelayBatch, locking);
        var (confirmed, failure) = await PublishAsync(rows, stopping);
        if (confirmed.Length > 0)
            await delete(confirmed);
        MessagingTelemetry.Published.Add(confirmed.Length, new KeyValuePair<string, object?>("service", service));
        // What was confirmed is gone even when the rest has to wait: the caller commits, and the next round meets the failure again.
        return failure is not null && confirmed.Length == 0 ? throw failure : confirmed.Length;
    }

    private async Task<int> ToMemoryAsync(LocalDeliveries deliveries, CancellationToken stopping)
    {
        await DeleteFinishedAsync(stopping);
        var rows = await database.ReadAsync(session => RowsAsync(session, inFlight.Count + options.RelayBatch, ""), stopping);
        var fresh = rows.Where(row => !inFlight.Contains(row.Id)).Take(MostInFlight - inFlight.Count).ToList();
        foreach (var row in fresh)
        {
            inFlight.Add(row.Id);
            if (!deliveries.Open(row.Envelope(service), () => Finish(row.Id)))
                finished.Enqueue(row.Id);
        }

        var (confirmed, failure) = await PublishAsync(fresh, stopping);
        inFlight.ExceptWith(fresh.Select(row => row.Id).Except(confirmed));
        MessagingTelemetry.Published.Add(confirmed.Length, new KeyValuePair<string, object?>("service", service));
        await DeleteFinishedAsync(stopping);
        return failure is null ? confirmed.Length : throw failure;
    }

    private void Finish(long id)
    {
        finished.Enqueue(id);
        database.Said.Set();
    }

    private async Task DeleteFinishedAsync(CancellationToken stopping)
    {
        var ids = new List<long>();
        while (finished.TryDequeue(out var id))
            ids.Add(id);
        if (ids.Count == 0)
            return;
        try
        {
            await database.WriteAsync(transaction => Delete(transaction)([.. ids]), stopping);
        }
        catch
        {
            ids.ForEach(finished.Enqueue);
            throw;
        }

        inFlight.ExceptWith(ids);
    }

    private async Task<(long[] Confirmed, Exception? Failure)> PublishAsync(List<OutboxRow> rows, CancellationToken stopping)
    {
        // Publishing blocks for as long as the broker is away. A publish that was given up may still arrive: the inbox drops the second one.
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        bounded.CancelAfter(options.PublishTimeout);
        var sends = rows.ConvertAll(row => publisher.PublishAsync(row.Envelope(service), bounded.Token));
        await Task.WhenAll(sends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var confirmed = rows.Where((_, i) => sends[i].IsCompletedSuccessfully).Select(row => row.Id).ToArray();
        var failed = sends.Find(send => !send.IsCompletedSuccessfully);
        return (confirmed, failed is null ? null : failed.Exception?.InnerException ?? new TimeoutException("the bus did not confirm in time"));
    }

    private static Task<List<OutboxRow>> RowsAsync(Session session, int most, string locking) =>
        session.QueryAsync<OutboxRow>(
            $"SELECT id, message_id, type, payload, traceparent, said_at, written_at FROM outbox ORDER BY id LIMIT @most{locking}", new { most });

    private static Func<long[], Task> Delete(Transaction transaction) =>
        async ids =>
        {
            var condition = transaction.Sql("id = ANY(@part)", "id IN @part");
            foreach (var part in ids.Chunk(5000))
                await transaction.ExecuteAsync($"DELETE FROM outbox WHERE {condition}", new { part });
        };

    private sealed record OutboxRow(long Id, Guid MessageId, string Type, byte[] Payload, string? Traceparent, long SaidAt, long WrittenAt)
    {
        public Envelope Envelope(string source) => new(MessageId, source, Type, Payload, Traceparent, SaidAt, WrittenAt);
    }
}
