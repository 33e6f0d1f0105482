using System.Diagnostics;

namespace Loyalty.Benchmarks.Figures;

/// <summary>One decision over thirty sends where every rule passes, beside a bare read of those sends.</summary>
internal sealed class DecideFigure(Amounts amounts) : IFigure
{
    private const int AtOnce = 10_000;
    private const string Read = "read of the sends";
    private static readonly Quantity Time = new("decide", "30 sends, all pass", "ns", Read);
    private static readonly Quantity Memory = new("decide", "30 sends, all pass", "bytes allocated", Read);

    private readonly BusyPerson _person = new();

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        // Until the hot code is compiled for good: that happens in the background, so by time and not by count.
        Measure(_person.Decide, TimeSpan.FromSeconds(2));
        Measure(_person.ReadOnly, TimeSpan.FromSeconds(2));
        return Task.CompletedTask;
    }

    public Task MeasureAsync(Readings readings, CancellationToken cancellationToken)
    {
        var (nanoseconds, bytes) = Measure(_person.Decide, amounts.Span);
        readings.Ours(Time, nanoseconds);
        readings.Ours(Memory, bytes);
        return Task.CompletedTask;
    }

    public Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken)
    {
        var (nanoseconds, bytes) = Measure(_person.ReadOnly, amounts.Span);
        readings.Ceiling(Time, nanoseconds);
        readings.Ceiling(Memory, bytes);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (double Nanoseconds, double Bytes) Measure(Func<long> act, TimeSpan span)
    {
        var (calls, sum) = (0L, 0L);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < AtOnce; i++)
                sum += act();
            calls += AtOnce;
        }
        while (Stopwatch.GetElapsedTime(start) < span);
        var elapsed = Stopwatch.GetElapsedTime(start);
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        GC.KeepAlive(sum);
        return (elapsed.TotalNanoseconds / calls, (double)bytes / calls);
    }
}
