using System.Buffers.Binary;
using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>One task that looks for people who are due, takes permits, claims, and hands over. Several run side by side, here and in other replicas.</summary>
/// <param name="index">0 to options.Dispatchers - 1: whom it prefers. Two who want the same people would only get in each other's way; it is never relied on.</param>
internal sealed partial class Dispatcher(
    int index,
    Database database,
    TimeProvider clock,
    IMailTransport transport,
    IMailRate rate,
    ClaimPeople claim,
    SetCulpritAside aside,
    HandOver handOver,
    ClockCheck clocks,
    DispatchWake wake,
    CommunicationOptions options,
    ILogger<Dispatcher> log)
{
    /// <summary>After an error, and while the clocks differ.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait for a session of this process that is busy.</summary>
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(50);

    private readonly DueFloor floor = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!await clocks.HoldsAsync(cancellationToken))
                    await Task.Delay(Rest, RealTime.Clock, cancellationToken);
                else if (!await TurnAsync(cancellationToken))
                    await wake.WaitAsync(options.PollEvery, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogTurnFailed(e);
                await Task.Delay(Rest, RealTime.Clock, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    /// <summary>One look at the due list; false where there was nothing to do.</summary>
    internal async Task<bool> TurnAsync(CancellationToken cancellationToken)
    {
        var now = Instant.Of(clock.GetUtcNow());
        var due = await database.ReadAsync(
            session => DueList.PeekAsync(session, floor.Next(), now, options.BatchPeople * (options.Dispatchers + 1)), cancellationToken);
        floor.Saw(due, now);
        if (due.Count == 0)
            return false;

        var permits = new Stack<IMailPermit>();
        try
        {
            var lease = await LeaseAsync(permits, Math.Min(due.Count, options.BatchPeople), cancellationToken);
            if (permits.Count == 0 && !lease.IsAway)
            {
                await Task.Delay(lease.NextTrialIn < Busy ? lease.NextTrialIn : Busy, RealTime.Clock, cancellationToken);
                return true;
            }

            // While a provider is away people are still looked at: to decline, to defer and to expire.
            var people = Chosen(due, permits.Count > 0 ? permits.Count : options.BatchPeople);
            return await ClaimAsync(people, permits, lease, cancellationToken);
        }
        finally
        {
            foreach (var permit in permits)
                await permit.DisposeAsync();
        }
    }

    private async Task<bool> ClaimAsync(Guid[] people, Stack<IMailPermit> permits, Permits lease, CancellationToken cancellationToken)
    {
        var held = 0;
        await Halving.RunAsync(
            people,
            async part =>
            {
                var claimed = await claim.RunAsync([.. part], lease with { Count = permits.Count }, cancellationToken);
                held += claimed.PeopleHeld;
                if (claimed.Committed.Count > 0)
                    await HandOverAsync(claimed.Committed, permits, cancellationToken);
            },
            async (person, fault) => await aside.RunAsync(person, fault, cancellationToken));
        return held > 0;
    }

    /// <summary>A failure here must not look like a fault of the claim, which is committed: what is not HANDED the sweep releases.</summary>
    private async Task HandOverAsync(IReadOnlyList<Committed> committed, Stack<IMailPermit> permits, CancellationToken cancellationToken)
    {
        try
        {
            await handOver.RunAsync(committed, permits, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogHandOverFailed(e, committed.Count);
        }
    }

    /// <summary>Takes permits until there are enough or one is refused.</summary>
    private async Task<Permits> LeaseAsync(Stack<IMailPermit> permits, int wanted, CancellationToken cancellationToken)
    {
        var (granted, nextTrialIn) = await rate.TakeAsync(wanted);
        var away = false;
        while (permits.Count < granted)
        {
            var lease = await transport.TryLeaseAsync(cancellationToken);
            if (lease.Permit is { } permit)
            {
                permits.Push(permit);
                continue;
            }

            nextTrialIn = lease.Refusal?.NextTrialIn ?? Rest;
            away = lease.Refusal?.Reason is LeaseRefusalReason.BreakerOpen or LeaseRefusalReason.NoSession;
            break;
        }

        rate.GiveBack(granted - permits.Count);
        return new Permits(permits.Count, nextTrialIn, away);
    }

    /// <summary>Those of the own share first, in the order of the locks.</summary>
    private Guid[] Chosen(List<DueRow> due, int most) =>
        [.. due.OrderBy(d => ShareOf(d.CustomerId) == index ? 0 : 1).Take(most).Select(d => d.CustomerId).Order()];

    private int ShareOf(Guid customerId)
    {
        Span<byte> bytes = stackalloc byte[16];
        customerId.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) % (uint)options.Dispatchers); // the last bytes of a version 7 id are random
    }

    [LoggerMessage(LogLevel.Error, "A turn of the dispatcher failed")]
    private partial void LogTurnFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "{Count} committed mailings could not be handed over; what is not HANDED will be released")]
    private partial void LogHandOverFailed(Exception e, int count);
}
