using System.Diagnostics.Metrics;
using Google.Protobuf.Reflection;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>What is known about the health of the host and of what it needs. A probe's last good answer counts for 30 s.</summary>
internal sealed class HealthBook : IDisposable
{
    internal static readonly TimeSpan Trusted = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan LoopLate = TimeSpan.FromSeconds(10);

    private readonly Drain drain;
    private readonly TimeProvider realTime;
    private readonly Meter meter = new("Loyalty.Health");
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> services = new(StringComparer.Ordinal);
    private long turnedAt;
    private volatile TaskCompletionSource changed = NewSignal();

    public HealthBook(IEnumerable<IDependencyProbe> probes, Drain drain)
        : this(probes, drain, RealTime.Clock)
    {
    }

    internal HealthBook(IEnumerable<IDependencyProbe> probes, Drain drain, TimeProvider realTime)
    {
        (this.drain, this.realTime) = (drain, realTime);
        foreach (var probe in probes)
            entries.Add(probe.Name, new Entry(probe));
        turnedAt = realTime.GetTimestamp();
        meter.CreateObservableGauge("loyalty.dependency.up", () => entries.Values.Select(entry => new Measurement<int>(IsUp(entry) ? 1 : 0, new KeyValuePair<string, object?>("dependency", entry.Probe.Name))), description: "1 while the dependency answers");
    }

    /// <summary>Completes at the next change of anything; take it before looking.</summary>
    public Task Changed => changed.Task;

    public CancellationToken Draining => drain.Begun;

    /// <summary>The process's own loop turns. Nothing else: restarting a process does not mend its database.</summary>
    public bool Live => realTime.GetElapsedTime(Interlocked.Read(ref turnedAt)) < LoopLate;

    public bool Ready => !drain.Begun.IsCancellationRequested && Live && entries.Values.All(entry => !entry.Probe.Required || IsUp(entry));

    public IEnumerable<Entry> Entries => entries.Values;

    /// <summary>Names the gRPC services that share the host's readiness.</summary>
    public void Serve(IEnumerable<ServiceDescriptor> mapped) => services.UnionWith(mapped.Select(service => service.FullName));

    /// <summary>Whether a name is served; null when nobody here has it. Empty is the host as a whole.</summary>
    public bool? Serves(string name) =>
        name.Length == 0 || services.Contains(name) ? Ready
        : entries.TryGetValue(name, out var entry) ? IsUp(entry)
        : null;

    public bool IsUp(Entry entry) => entry.AnsweredAt is { } at && realTime.GetElapsedTime(at) < Trusted && (entry.Fault is null || entry.Probe.Required);

    public TimeSpan? AnswerAge(Entry entry) => entry.AnsweredAt is { } at ? realTime.GetElapsedTime(at) : null;

    public void Turned()
    {
        Interlocked.Exchange(ref turnedAt, realTime.GetTimestamp());
        Tell();
    }

    public void Answered(Entry entry, string? fault)
    {
        if (fault is null)
            entry.AnsweredAt = realTime.GetTimestamp();
        entry.Fault = fault;
        Tell();
    }

    public void Dispose() => meter.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Tell() => Interlocked.Exchange(ref changed, NewSignal()).SetResult();

    /// <summary>One dependency and its last answers.</summary>
    internal sealed class Entry(IDependencyProbe probe)
    {
        public IDependencyProbe Probe { get; } = probe;

        public long? AnsweredAt { get; set; }

        /// <summary>The kind of the last failure, or null after a good answer. Never the exception's text: it may hold addresses.</summary>
        public string? Fault { get; set; } = "not asked yet";

        public bool Asking { get; set; }

        /// <summary>Whether the log holds that it is away: said once, however often it is asked.</summary>
        public bool ToldAway { get; set; }
    }
}
