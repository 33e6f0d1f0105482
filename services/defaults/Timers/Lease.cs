using System.Diagnostics;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>
/// The right of one replica to run a timer, kept in the table leases. It runs out by the database's real clock; the holder counts from
/// before it asked, so that it gives up earlier than anybody else can take over.
/// </summary>
internal sealed class Lease(Database database, string name, TimeSpan length)
{
    private readonly Guid owner = Guid.NewGuid();
    private long asked;
    private bool held;

    /// <summary>What is left of it.</summary>
    public TimeSpan Left => held && length - Stopwatch.GetElapsedTime(asked) is { } left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Takes it, or holds on to it; false while another replica has it. Says when the timer last ran.</summary>
    public async Task<(bool Held, DateTimeOffset? RanAt)> TakeAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var row = await database.WriteAsync(
            transaction => transaction.FirstOrDefaultAsync<Row>(
                $"""
                INSERT INTO leases (name, owner, until_at) VALUES (@name, @owner, {Now} + @microseconds)
                ON CONFLICT (name) DO UPDATE SET owner = @owner, until_at = {Now} + @microseconds
                WHERE leases.owner = @owner OR leases.until_at <= {Now}
                RETURNING ran_at
                """,
                new { name, owner, microseconds = (long)length.TotalMicroseconds, now = Instant.Of(TimeProvider.System.GetUtcNow()) }),
            cancellationToken);
        if (start >= asked)
            (held, asked) = (row is not null, start); // an answer that comes late changes nothing
        return (held, row?.RanAt);
    }

    /// <summary>Notes a run; false when another replica has taken over meanwhile.</summary>
    public async Task<bool> NoteRunAsync(DateTimeOffset ranAt, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            transaction => transaction.ExecuteAsync("UPDATE leases SET ran_at = @ranAt WHERE name = @name AND owner = @owner", new { name, owner, ranAt }),
            cancellationToken) == 1;

    /// <summary>Lets the next replica in at once.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        held = false;
        await database.WriteAsync(
            transaction => transaction.ExecuteAsync("UPDATE leases SET until_at = 0 WHERE name = @name AND owner = @owner", new { name, owner }),
            cancellationToken);
    }

    /// <summary>One machine has one clock; replicas on several share the database's.</summary>
    private string Now => database.Sql("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", "@now");

    private sealed record Row(DateTimeOffset? RanAt);
}
