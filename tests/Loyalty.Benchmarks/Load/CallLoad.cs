using System.Diagnostics;

namespace Loyalty.Benchmarks.Load;

/// <summary>Some workers that call one after the other, in this process.</summary>
internal static class CallLoad
{
    /// <summary>Calls for a span of time; answers the calls per second.</summary>
    public static async Task<double> ForAsync(TimeSpan span, int workers, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        var (calls, start) = (0L, Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(
            async () =>
            {
                while (Stopwatch.GetElapsedTime(start) < span)
                {
                    await call(cancellationToken);
                    Interlocked.Increment(ref calls);
                }
            },
            cancellationToken)));
        return calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Calls once for each item.</summary>
    public static Task EachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> call, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        items, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellationToken }, async (item, cancelled) => await call(item, cancelled));
}
