namespace Loyalty.Communications.Delivery;

/// <summary>
/// Tokens at a steady rate with a burst after rest (GCRA): one number, the instant at which the bucket would be full again. In any
/// span of t seconds at most <c>burst + rate · t</c> tokens are taken.
/// </summary>
internal sealed class SendRate(TimeProvider clock, double perSecond, int burst)
{
    private readonly Lock _lock = new();
    private readonly long _interval = (long)Math.Ceiling(clock.TimestampFrequency / perSecond);
    private long _fullAt = long.MinValue;

    /// <summary>Takes a token, or says in how long there is one.</summary>
    public bool TryTake(out TimeSpan nextIn)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            var fullAt = Math.Max(_fullAt, now);
            var takenAt = fullAt - (burst - 1) * _interval; // the first instant at which one more fits
            if (takenAt > now)
            {
                nextIn = clock.GetElapsedTime(now, takenAt) + TimeSpan.FromTicks(1); // rounded down to ticks otherwise
                return false;
            }

            nextIn = TimeSpan.Zero;
            _fullAt = fullAt + _interval;
            return true;
        }
    }

    /// <summary>Gives back a token that was not used.</summary>
    public void Return()
    {
        lock (_lock)
            _fullAt -= _interval;
    }
}
