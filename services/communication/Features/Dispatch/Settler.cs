using System.Collections.Concurrent;
using System.Threading.Channels;
using Loyalty.Communications.Delivery;
using Loyalty.ServiceDefaults.Clocks;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>
/// Lets deliveries run beside the dispatchers, so that one slow reply stops nobody, and writes their outcomes in batches as they come.
/// </summary>
internal sealed partial class Settler(SettleOutcomes settle, Checkpoints checkpoints, ILogger<Settler> log) : IDisposable
{
    private const int Batch = 100;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Channel<Delivered> outcomes = Channel.CreateUnbounded<Delivered>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<Task, bool> running = [];
    private readonly CancellationTokenSource giveUp = new();

    /// <summary>Starts a delivery; the permit is given back when it has ended.</summary>
    public void Begin(Letter letter, IMailPermit permit, FinalDotDeadline deadline)
    {
        var task = DeliverAsync(letter, permit, deadline);
        running.TryAdd(task, true);
        _ = task.ContinueWith(done => running.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Writes outcomes until <see cref="FinishAsync"/>.</summary>
    public async Task RunAsync()
    {
        var batch = new List<Delivered>(Batch);
        while (await outcomes.Reader.WaitToReadAsync(CancellationToken.None)) // ends when the writer completes
        {
            batch.Clear();
            while (batch.Count < Batch && outcomes.Reader.TryRead(out var outcome))
                batch.Add(outcome);
            await SettleAsync(batch);
        }
    }

    /// <summary>Waits for what runs: a while for replies, then gives up; every outcome that is known is written.</summary>
    public async Task FinishAsync(TimeSpan forReplies)
    {
        giveUp.CancelAfter(forReplies);
        await Task.WhenAll(running.Keys);
        outcomes.Writer.Complete();
    }

    public void Dispose() => giveUp.Dispose();

    private async Task DeliverAsync(Letter letter, IMailPermit permit, FinalDotDeadline deadline)
    {
        await Task.Yield();
        try
        {
            await using (permit)
            {
                var outcome = await permit.DeliverAsync(letter.Envelope, letter.Message.ToBytes(permit.TakesEightBit), deadline, giveUp.Token);
                await checkpoints.ReachedAsync(Checkpoints.AfterDot, giveUp.Token);
                outcomes.Writer.TryWrite(new Delivered(letter.Mailing, outcome));
            }
        }
        catch (Exception e)
        {
            // A bug: nobody knows what left. It stays HANDED, and the sweep makes it UNKNOWN.
            LogDeliveryBroke(e, letter.Mailing.Row.MailingId);
        }
    }

    /// <summary>An outcome is worth waiting for the database; what is not written in time the sweep makes UNKNOWN.</summary>
    private async Task SettleAsync(List<Delivered> batch)
    {
        var began = RealTime.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                await Halving.RunAsync(batch, part => settle.RunAsync(part, CancellationToken.None), LeaveAsync);
                await checkpoints.ReachedAsync(Checkpoints.AfterOutcome, giveUp.Token);
                return;
            }
            catch (Exception e)
            {
                LogNotSettled(e, batch.Count);
                if (giveUp.IsCancellationRequested || RealTime.Clock.GetElapsedTime(began) > Patience)
                    return;
            }

            await Task.Delay(Retry, RealTime.Clock, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Error, "The delivery of mailing {MailingId} broke; it will become UNKNOWN")]
    private partial void LogDeliveryBroke(Exception e, Guid mailingId);

    /// <summary>It stops nobody else; it stays HANDED, and the sweep tries to make it UNKNOWN.</summary>
    private Task LeaveAsync(Delivered delivered, Exception fault)
    {
        LogUnwritable(fault, delivered.Mailing.Row.MailingId);
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Critical, "The outcome of mailing {MailingId} cannot be written")]
    private partial void LogUnwritable(Exception e, Guid mailingId);

    [LoggerMessage(LogLevel.Error, "{Count} outcomes could not be written")]
    private partial void LogNotSettled(Exception e, int count);
}
