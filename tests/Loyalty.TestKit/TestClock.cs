namespace Loyalty.TestKit;

/// <summary>A clock in UTC that stands still until it is advanced; timers (also Task.Delay and PeriodicTimer made with it) fire inside Advance, each at its own instant.</summary>
public sealed class TestClock : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<TestTimer> armed = [];
    private DateTimeOffset now;

    /// <summary>Starts at the given instant, by default Monday 2026-03-02T09:00Z.</summary>
    public TestClock(DateTimeOffset? start = null) => now = (start ?? new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero)).ToUniversalTime();

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait to fire: wait for it before Advance when another task is about to start waiting.</summary>
    public int ArmedTimers
    {
        get { lock (gate) return armed.Count; }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Goes forward by a span of zero or more, stopping at every timer on the way.</summary>
    public void Advance(TimeSpan span)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(span, TimeSpan.Zero);
        AdvanceTo(GetUtcNow() + span);
    }

    /// <summary>Goes forward to an instant that is not in the past, stopping at every timer on the way.</summary>
    public void AdvanceTo(DateTimeOffset instant)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(instant, GetUtcNow());
        FireUntil(instant);
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new TestTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private void FireUntil(DateTimeOffset instant)
    {
        while (TakeNextDue(instant) is { } timer) timer.Fire();
    }

    private TestTimer? TakeNextDue(DateTimeOffset until)
    {
        lock (gate)
        {
            var next = armed.MinBy(timer => timer.DueAt); // the first armed wins among equals
            if (next is null || next.DueAt > until)
            {
                now = until > now ? until : now;
                return null;
            }

            now = next.DueAt > now ? next.DueAt : now;
            armed.Remove(next);
            if (next.Period > TimeSpan.Zero)
            {
                next.DueAt = now + next.Period;
                armed.Add(next);
            }

            return next;
        }
    }

    private sealed class TestTimer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        private bool disposed;

        public DateTimeOffset DueAt { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                clock.armed.Remove(this);
                if (disposed) return false;
                if (dueTime < TimeSpan.Zero) return true; // Timeout.InfiniteTimeSpan: not armed
                DueAt = clock.now + dueTime;
                Period = period;
                clock.armed.Add(this);
            }

            // As with the real clock, a timer that is due at once fires without anybody moving the time.
            if (dueTime == TimeSpan.Zero) ThreadPool.QueueUserWorkItem(_ => clock.FireUntil(clock.GetUtcNow()));
            return true;
        }

        public void Dispose()
        {
            lock (clock.gate)
            {
                disposed = true;
                clock.armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
