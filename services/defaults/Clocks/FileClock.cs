namespace Loyalty.ServiceDefaults.Clocks;

/// <summary>Business time from a <see cref="ClockFile"/>: what every process of a test shares. Timers made from it fire by business time, within a few real milliseconds.</summary>
/// <remarks>Somebody else moves this time without telling, so the file is looked at every <see cref="LookEvery"/> while a timer waits. A jump fires a periodic timer once.</remarks>
public sealed class FileClock : TimeProvider, IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);

    private readonly ClockFile file;
    private readonly BusinessTimers timers;
    private readonly Timer look;
    private int looking;
    private long latest;

    private FileClock(ClockFile file)
    {
        this.file = file;
        timers = new BusinessTimers(GetUtcNow, Armed);
        look = new Timer(static clock => ((FileClock)clock!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan); // the state is the line's own argument
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Follows a clock file that is there.</summary>
    public static FileClock Open(string path) => new(ClockFile.Open(path));

    /// <summary>Business time; it never goes back, also where a reader overtakes a writer by a microsecond.</summary>
    public override DateTimeOffset GetUtcNow()
    {
        var now = file.Now.UtcTicks;
        while (true)
        {
            var seen = Interlocked.Read(ref latest);
            if (now <= seen)
                return new DateTimeOffset(seen, TimeSpan.Zero);
            if (Interlocked.CompareExchange(ref latest, now, seen) == seen)
                return new DateTimeOffset(now, TimeSpan.Zero);
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => timers.Create(callback, state, dueTime, period);

    public void Dispose()
    {
        look.Dispose();
        file.Dispose();
    }

    private void Armed() => look.Change(LookEvery, LookEvery);

    private void Look()
    {
        if (Interlocked.Exchange(ref looking, 1) == 1)
            return;
        try
        {
            // One instant for the whole look: a period shorter than its callback must not keep us here for ever.
            var now = GetUtcNow();
            while (timers.FireOne(now))
            {
                // Until none is due.
            }

            if (timers.NextAt is null)
            {
                look.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                if (timers.NextAt is not null)
                    Armed(); // somebody came between the two lines
            }
        }
        finally
        {
            Volatile.Write(ref looking, 0);
        }
    }
}
