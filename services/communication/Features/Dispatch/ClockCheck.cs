using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>
/// Compares this machine's real clock with the database's: instants come from one clock, so a replica that is more than 10 s off does not
/// dispatch. Always the real clocks, also where business time is a test's.
/// </summary>
internal sealed partial class ClockCheck(Database database, CommunicationOptions options, ILogger<ClockCheck> log) : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim turn = new(1, 1);
    private long checkedAt;
    private bool holds;

    /// <summary>What a test puts in the place of the machine's clock.</summary>
    internal TimeProvider Clock { get; set; } = RealTime.Clock;

    /// <summary>Whether this replica may dispatch; asked of the database every 5 s. A file on the same machine has the same clock.</summary>
    public async Task<bool> HoldsAsync(CancellationToken cancellationToken)
    {
        if (database.Provider == Provider.Sqlite)
            return true;
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (checkedAt != 0 && RealTime.Clock.GetElapsedTime(checkedAt) < Every)
                return holds;
            var before = Clock.GetUtcNow();
            var there = await database.ReadAsync(
                session => session.SingleAsync<long>("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"), cancellationToken);
            var after = Clock.GetUtcNow();
            var off = (Instant.From(there) - (before + (after - before) / 2)).Duration();
            var now = off <= options.ClockTolerance;
            if (!now && (holds || checkedAt == 0))
                LogOff(off);
            (holds, checkedAt) = (now, RealTime.Clock.GetTimestamp());
            return now;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    [LoggerMessage(LogLevel.Critical, "This machine's clock is {Off} off the database's: nothing is dispatched here until it is right")]
    private partial void LogOff(TimeSpan off);
}
