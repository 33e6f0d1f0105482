namespace Loyalty.ServiceDefaults.Clocks;

/// <summary>Business time that stands still until somebody moves it forward, within one process: for the demo, the replay and tests.</summary>
public sealed class VirtualClock : TimeProvider
{
    private readonly BusinessTimers timers;
    private long ticks;

    /// <summary>Starts at an instant, which it takes in UTC.</summary>
    public VirtualClock(DateTimeOffset start)
    {
        ticks = start.UtcTicks;
        timers = new BusinessTimers(GetUtcNow, FireDueSoon);
    }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => timers.Create(callback, state, dueTime, period);

    /// <summary>Goes forward by a span of zero or more; timers on the way fire in order, each at its own instant, on the caller's thread.</summary>
    public void Advance(TimeSpan span) => AdvanceTo(GetUtcNow() + span);

    /// <summary>Goes forward to an instant; refuses to go back.</summary>
    public void AdvanceTo(DateTimeOffset instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, GetUtcNow());
        while (timers.NextAt is { } next && next <= instant)
        {
            Forward(next);
            timers.FireOne(next);
        }

        Forward(instant);
    }

    // Two who advance at once may each be ahead: time follows the one who is further.
    private void Forward(DateTimeOffset to)
    {
        long seen;
        while ((seen = Interlocked.Read(ref ticks)) < to.UtcTicks && Interlocked.CompareExchange(ref ticks, to.UtcTicks, seen) != seen)
        {
            // Somebody else was quicker: look again.
        }
    }

    /// <summary>A timer that is due at once fires without anybody moving the time, as with the real clock.</summary>
    private void FireDueSoon()
    {
        if (timers.NextAt <= GetUtcNow())
            ThreadPool.QueueUserWorkItem(static clock => clock.FireDue(), this, preferLocal: false);
    }

    private void FireDue()
    {
        while (timers.FireOne(GetUtcNow()))
        {
            // Until none is due.
        }
    }
}
