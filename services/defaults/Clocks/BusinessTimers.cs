namespace Loyalty.ServiceDefaults.Clocks;

/// <summary>Timers that wait for business time, whoever moves it.</summary>
internal sealed class BusinessTimers(Func<DateTimeOffset> now, Action armed)
{
    private readonly Func<DateTimeOffset> now = now;
    private readonly Action armed = armed;
    private readonly Lock gate = new();
    private readonly PriorityQueue<(Timer Timer, long Round), (long DueTicks, long Order)> queue = new();
    private long order;

    public ITimer Create(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>When the next timer is due, or null when none waits.</summary>
    public DateTimeOffset? NextAt
    {
        get
        {
            lock (gate)
            {
                DropStale();
                return queue.TryPeek(out _, out var due) ? new DateTimeOffset(due.DueTicks, TimeSpan.Zero) : null;
            }
        }
    }

    /// <summary>Fires the earliest timer that is due; false when none is. A period goes on from <paramref name="at"/>, so a jump fires it once.</summary>
    public bool FireOne(DateTimeOffset at)
    {
        Timer timer;
        lock (gate)
        {
            DropStale();
            if (!queue.TryPeek(out var next, out var due) || due.DueTicks > at.UtcTicks)
                return false;
            queue.Dequeue();
            timer = next.Timer;
            timer.Round++;
            if (timer.Period > TimeSpan.Zero)
                queue.Enqueue((timer, timer.Round), (at.UtcTicks + timer.Period.Ticks, order++));
        }

        timer.Fire();
        return true;
    }

    private void DropStale()
    {
        while (queue.TryPeek(out var next, out _) && next.Timer.Round != next.Round)
            queue.Dequeue();
    }

    private sealed class Timer(BusinessTimers owner, TimerCallback callback, object? state) : ITimer
    {
        // As the system's timers do: the callback sees the ambient state (trace, culture) of who made the timer.
        private readonly ExecutionContext? context = ExecutionContext.Capture();
        private bool disposed;

        public TimeSpan Period { get; private set; }

        /// <summary>Entries of the queue with another number are out of date.</summary>
        public long Round { get; set; }

        public void Fire()
        {
            if (context is null)
                callback(state);
            else
                ExecutionContext.Run(context, _ => callback(state), state: null);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner.gate)
            {
                if (disposed)
                    return false;
                Round++;
                Period = period;
                if (dueTime < TimeSpan.Zero)
                    return true; // Timeout.InfiniteTimeSpan: waits for the next Change
                owner.queue.Enqueue((this, Round), ((owner.now() + dueTime).UtcTicks, owner.order++));
            }

            owner.armed();
            return true;
        }

        public void Dispose()
        {
            lock (owner.gate)
            {
                disposed = true;
                Round++;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
