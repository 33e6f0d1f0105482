using System.Threading.RateLimiting;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.ServiceDefaults.RateLimits;

/// <summary>How many calls one caller may make: a token bucket per subject.</summary>
internal sealed class RateOptions(SettingReader reader, bool authOn)
{
    /// <summary>Calls per second and caller in the long run; 0 = no limit, the default where all callers are one (auth off).</summary>
    public int PerSecond { get; } = reader.Number("RateLimit:PerSecond", authOn ? 2_000 : 0, 0, 1_000_000);

    /// <summary>Calls that a caller may make at once after a rest.</summary>
    public int Burst { get; } = reader.Number("RateLimit:Burst", 4_000, 1, 1_000_000);
}

/// <summary>Refuses RESOURCE_EXHAUSTED, with the time to wait, when a caller's bucket is empty.</summary>
/// <remarks>
/// Subjects share <see cref="Buckets"/> buckets by their hash, so memory is bounded whoever calls; that two busy ones of a dozen services share
/// one is a matter of luck (1 in 60), and they would still have the rate that one is allowed.
/// </remarks>
internal sealed class CallerRates : IDisposable
{
    internal const int Buckets = 4_096;

    private readonly PartitionedRateLimiter<string>? limiter;

    public CallerRates(RateOptions options)
    {
        if (options.PerSecond == 0)
            return;
        var bucket = new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.Burst,
            TokensPerPeriod = Math.Max(1, options.PerSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(0.1, 1.0 / options.PerSecond)),
            QueueLimit = 0,
        };
        limiter = PartitionedRateLimiter.Create<string, int>(subject => RateLimitPartition.GetTokenBucketLimiter(BucketOf(subject), _ => bucket));
    }

    public void Take(Caller caller)
    {
        if (limiter is null)
            return;
        using var lease = limiter.AttemptAcquire(caller.Subject);
        if (lease.IsAcquired)
            return;
        throw new Refusal(RefusalKind.ResourceExhausted, "RATE_LIMITED", "You call more often than you may.")
        {
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1),
        };
    }

    public void Dispose() => limiter?.Dispose();

    private static int BucketOf(string subject)
    {
        var hash = 2166136261u; // FNV-1a; String.GetHashCode would do, but differs between runs and so between two looks at a fault
        foreach (var unit in subject)
            hash = (hash ^ unit) * 16777619u;
        return (int)(hash % Buckets);
    }
}
