using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Loyalty.Benchmarks.Figures;

namespace Loyalty.Benchmarks;

/// <summary>The figure "decide" by BenchmarkDotNet, which wants public classes; in this process, so that nothing is built.</summary>
[Config(typeof(InProcess))]
[MemoryDiagnoser]
public class DecideBenchmark
{
    private readonly BusyPerson _person = new();

    /// <summary>One decision.</summary>
    [Benchmark]
    public long Decide() => _person.Decide();

    /// <summary>The ceiling.</summary>
    [Benchmark(Baseline = true)]
    public long ReadOnly() => _person.ReadOnly();

    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
