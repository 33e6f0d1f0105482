using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using Grpc.Net.Client;
using Loyalty.Mesh.Stories;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Mesh.Tests.Deployments;

/// <summary>Running services as real processes, on a shared clock that stands still, with a real SMTP server at the far end.</summary>
internal abstract class Deployment : IAsyncDisposable
{
    protected static readonly string[] Services = ["customer", "interaction", "recognition", "communication"];

    private readonly List<IDisposable> _held = [];
    private readonly ConcurrentDictionary<string, ChildProcess> _processes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Start> _starts = new(StringComparer.Ordinal);

    protected Deployment(string name)
    {
        Folder = new TempFolder(name);
        ClockFile = ClockFile.Create(Folder["clock"], new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero), speed: 0);
        Clock = new FileStageClock(ClockFile);
        Mail = SmtpSink.Start(new SmtpSinkOptions { Clock = FileClock.Open(Folder["clock"]) });
    }

    public TempFolder Folder { get; }

    public ClockFile ClockFile { get; }

    public IStageClock Clock { get; }

    public LoyaltyClients Clients { get; protected set; } = null!; // set by StartAsync, before anybody has the deployment

    public SmtpSink Mail { get; }

    /// <summary>The processes that run, by name; replicas are named "communication-2".</summary>
    public IReadOnlyDictionary<string, ChildProcess> Processes => _processes;

    /// <summary>What every process gets; business time and mail are shared, keys are the run's own.</summary>
    protected Dictionary<string, string?> Environment(int grpcPort) => new(StringComparer.Ordinal)
    {
        ["Listen__Grpc"] = $"http://127.0.0.1:{grpcPort}",
        ["Listen__Http"] = "http://127.0.0.1:0",
        ["Auth__Mode"] = "none",
        ["Clock__File"] = Folder["clock"],
        ["Schema__Apply"] = "true",
        ["Smtp__Host"] = "127.0.0.1",
        ["Smtp__Port"] = $"{Mail.Port}",
        ["Smtp__Tls"] = "None",
        ["Smtp__From"] = "hello@shop.example",
        ["Logging__Format"] = "plain",
        ["Communication__DryRunCache"] = "00:00:01", // a copy that was read just before a change may stay for so long
        ["DOTNET_TieredPGO"] = "0",
    };

    protected static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Communication's own database, for what only it can say: that each mailing stands in exactly one place.</summary>
    public abstract DbConnection ConnectToCommunication();

    protected async Task RunAsync(string name, string folder, Dictionary<string, string?> environment)
    {
        _starts[name] = new Start(folder, environment);
        await StartAgainAsync(name);
    }

    /// <summary>Starts a process that was stopped or killed, on the same ports and data; settings that differ count for this start only.</summary>
    public async Task StartAgainAsync(string name, params (string Key, string? Value)[] differing)
    {
        var start = _starts[name];
        var environment = new Dictionary<string, string?>(start.Environment, StringComparer.Ordinal);
        foreach (var (key, value) in differing)
            environment[key] = value;
        if (_processes.TryGetValue(name, out var before))
            await before.DisposeAsync();
        var process = ChildProcess.StartProject(start.Folder, environment: environment, logFile: Folder[$"{name}.log"]);
        _processes[name] = process;
        await process.WaitForLineAsync("listens", TimeSpan.FromSeconds(60));
    }

    public Task KillAsync(string name) => _processes[name].KillAsync();

    protected GrpcChannel Channel(int port)
    {
        var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
        _held.Add(channel);
        return channel;
    }

    protected void Hold(IDisposable held) => _held.Add(held);

    public Stage Stage(StoryTeller teller) => new(Clients, Clock, teller, TestContext.Current.CancellationToken);

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var process in _processes.Values)
            await process.DisposeAsync();
        foreach (var held in _held)
            held.Dispose();
        await Mail.DisposeAsync();
        ClockFile.Dispose();
        Folder.Dispose();
    }

    private sealed record Start(string Folder, Dictionary<string, string?> Environment);

    private sealed class FileStageClock(ClockFile file) : IStageClock
    {
        public DateTimeOffset Now => file.Now;

        public void AdvanceTo(DateTimeOffset instant) => file.JumpTo(instant);
    }
}
