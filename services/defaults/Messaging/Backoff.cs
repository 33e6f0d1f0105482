using System.Security.Cryptography;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Pauses that double from 100 ms up to a bound, a quarter of each left to chance.</summary>
internal sealed class Backoff(TimeSpan most)
{
    private double milliseconds = 100;

    public TimeSpan Next()
    {
        var now = Math.Min(milliseconds, most.TotalMilliseconds);
        milliseconds = Math.Min(milliseconds * 2, most.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(now * (1 - (RandomNumberGenerator.GetInt32(250) / 1000.0)));
    }

    public void Reset() => milliseconds = 100;
}
