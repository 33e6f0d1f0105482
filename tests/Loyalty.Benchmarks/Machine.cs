using System.Globalization;
using System.Runtime.InteropServices;

namespace Loyalty.Benchmarks;

/// <summary>What figures were measured on; without it they say nothing.</summary>
internal static class Machine
{
    public static string Line { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores ({Processor}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0.0} GB memory, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, load {Load} at the start");

    private static string Processor => Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    // A busy machine measures its neighbours: say so beside the figures.
    private static string Load => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";

    private static string? Field(string file, string name) => File.Exists(file)
        ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim()
        : null;
}
