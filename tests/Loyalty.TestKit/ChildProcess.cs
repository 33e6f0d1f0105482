using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Loyalty.TestKit;

/// <summary>A process that a test started: its output is captured, it can be stopped, killed and stalled, and it dies when the test process dies.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 20_000;

    private readonly Process process;
    private readonly string name;
    private readonly string? logFile;
    private readonly Lock gate = new();
    private readonly LinkedList<string> lines = new();
    private readonly TaskCompletionSource exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int openStreams = 2;
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(ChildStart start)
    {
        name = Path.GetFileName(start.Executable);
        logFile = start.LogFile;
        process = new Process { StartInfo = start.ToStartInfo(), EnableRaisingEvents = true };
        process.Exited += (_, _) => exited.TrySetResult();
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    /// <summary>Starts an executable.</summary>
    public static ChildProcess Start(ChildStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        var child = new ChildProcess(start);
        ChildLauncher.Run(() => child.process.Start());
        child.process.StandardInput.Close();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Starts the built output of one of this repository's projects, named by its folder ("services/mesh").</summary>
    public static ChildProcess StartProject(string folder, IEnumerable<string>? arguments = null, IReadOnlyDictionary<string, string?>? environment = null, string? logFile = null) =>
        Start(new ChildStart(Repository.Dotnet, [Repository.AssemblyOf(folder), .. arguments ?? []]) { Environment = environment, LogFile = logFile });

    /// <summary>The operating system's process id.</summary>
    public int Id => process.Id;

    /// <summary>Whether the process has ended, however it ended.</summary>
    public bool HasExited => exited.Task.IsCompleted;

    /// <summary>The exit code once it has ended; 128 + n when signal n ended it.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>What it has written so far on both streams: the last 20,000 lines.</summary>
    public IReadOnlyList<string> Lines
    {
        get { lock (gate) return [.. lines]; }
    }

    /// <summary><see cref="Lines"/> as one text.</summary>
    public string Output => string.Join('\n', Lines);

    /// <summary>Resident memory now, in bytes; 0 after the end.</summary>
    public long ResidentBytes => ReadStatus("VmRSS:");

    /// <summary>The most resident memory it ever had, in bytes; 0 after the end.</summary>
    public long PeakResidentBytes => ReadStatus("VmHWM:");

    /// <summary>Waits for a line of output that contains the text and returns it; fails with the output when it ends or the time is over first (default 30 s).</summary>
    public async Task<string> WaitForLineAsync(string text, TimeSpan? within = null, CancellationToken cancellation = default)
    {
        var patience = within ?? TimeSpan.FromSeconds(30);
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        do
        {
            var ended = HasExited;
            if (ended) await WaitForExitAsync(cancellation: cancellation); // its last lines may still be on their way
            if (Lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found) return found;
            if (ended) throw new InvalidOperationException($"{name} ended with {ExitCode} before it wrote \"{text}\". It wrote:\n{Output}");
            if (Stopwatch.GetElapsedTime(start) > patience) throw new TimeoutException($"{name} did not write \"{text}\" within {patience}. It wrote:\n{Output}");
        }
        while (await timer.WaitForNextTickAsync(cancellation));
        throw new UnreachableException();
    }

    /// <summary>Asks it to stop (SIGTERM); does not wait.</summary>
    public void Terminate() => Send(Signal.Terminate);

    /// <summary>Ends it at once (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await WaitForExitAsync();
    }

    /// <summary>Freezes it (SIGSTOP): it holds its locks, leases and connections and does nothing.</summary>
    public void Stall() => Send(Signal.Stop);

    /// <summary>Lets a stalled process go on (SIGCONT).</summary>
    public void Resume() => Send(Signal.Continue);

    /// <summary>Waits for its end and returns the exit code; fails with the output when the time is over first (default 30 s).</summary>
    public async Task<int> WaitForExitAsync(TimeSpan? within = null, CancellationToken cancellation = default)
    {
        var patience = within ?? TimeSpan.FromSeconds(30);
        try
        {
            await exited.Task.WaitAsync(patience, cancellation);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{name} still ran after {patience}. It wrote:\n{Output}", e);
        }

        // A grandchild may hold the pipes open for longer than anybody wants to wait.
        await Task.WhenAny(drained.Task, Task.Delay(TimeSpan.FromSeconds(1), cancellation));
        return ExitCode;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Send(Signal.Kill);
            await exited.Task;
        }

        process.Dispose();
    }

    internal void Send(Signal signal)
    {
        if (!HasExited) _ = SysKill(process.Id, (int)signal);
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            if (Interlocked.Decrement(ref openStreams) == 0) drained.TrySetResult();
            return;
        }

        lock (gate)
        {
            lines.AddLast(line);
            if (lines.Count > KeptLines) lines.RemoveFirst();
            if (logFile is not null && Directory.Exists(Path.GetDirectoryName(logFile))) File.AppendAllText(logFile, line + "\n");
        }
    }

    private long ReadStatus(string field)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : 1024 * long.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SysKill(int pid, int signal);
}
