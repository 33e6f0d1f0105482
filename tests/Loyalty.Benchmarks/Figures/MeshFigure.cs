using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Loyalty.Benchmarks.Hosts;
using Loyalty.Benchmarks.Load;
using Loyalty.Customers.V1;
using Loyalty.Mesh.Stories;
using Loyalty.TestKit;

namespace Loyalty.Benchmarks.Figures;

/// <summary>What it costs to start the mesh and to keep it: beside a host with Kestrel and nothing else.</summary>
internal sealed class MeshFigure(Amounts amounts) : IFigure
{
    private const string Bare = "bare Kestrel";
    private static readonly Quantity Start = new("mesh", "process start to health SERVING", "ms", Bare);
    private static readonly Quantity Idle = new("mesh", "resident memory, idle", "MB", Bare);
    private static readonly Quantity Loaded = new("mesh", "resident memory after a load", "MB", Bare);

    // So that the first round does not pay for this process's own client and for files that nobody has read yet.
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var once = new Readings();
        await MeasureCeilingAsync(once, cancellationToken);
        await MeasureAsync(once, cancellationToken);
    }

    public async Task MeasureAsync(Readings readings, CancellationToken cancellationToken)
    {
        using var folder = new TempFolder("mesh");
        var port = Ports.Free();
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Listen__Grpc"] = $"http://127.0.0.1:{port}",
            ["Listen__Http"] = "http://127.0.0.1:0",
            ["Data__Folder"] = folder.FullPath,
        };
        await MeasureAsync(
            port,
            () => ChildProcess.StartProject("services/mesh", environment: environment),
            channel =>
            {
                var customers = new CustomerService.CustomerServiceClient(channel);
                return async cancelled => await customers.RegisterCustomerAsync(
                    new RegisterCustomerRequest { RequestId = People.NewId(), DisplayName = "Somebody", Identifiers = { People.Email("somebody") } },
                    deadline: Soon, cancellationToken: cancelled);
            },
            readings.Ours,
            cancellationToken);
    }

    public async Task MeasureCeilingAsync(Readings readings, CancellationToken cancellationToken)
    {
        var port = Ports.Free();
        await MeasureAsync(
            port,
            () => BareHost.Start(port),
            channel =>
            {
                var health = new Health.HealthClient(channel);
                return async cancelled => await health.CheckAsync(new HealthCheckRequest(), deadline: Soon, cancellationToken: cancelled);
            },
            readings.Ceiling,
            cancellationToken);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static DateTime Soon => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30);

    private async Task MeasureAsync(
        int port, Func<ChildProcess> start, Func<ChannelBase, Func<CancellationToken, Task>> load, Action<Quantity, double> record, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}", new GrpcChannelOptions { InitialReconnectBackoff = TimeSpan.FromMilliseconds(5), MaxReconnectBackoff = TimeSpan.FromMilliseconds(5) });
        var started = Stopwatch.GetTimestamp();
        await using var process = start();
        await UntilServingAsync(channel, process, cancellationToken);
        record(Start, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken); // what a start leaves to be done in the background
        record(Idle, process.ResidentBytes / 1e6);
        await CallLoad.ForAsync(amounts.Span, workers: 8, load(channel), cancellationToken);
        record(Loaded, process.ResidentBytes / 1e6);
    }

    private static async Task UntilServingAsync(ChannelBase channel, ChildProcess process, CancellationToken cancellationToken)
    {
        var health = new Health.HealthClient(channel);
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var answer = await health.CheckAsync(new HealthCheckRequest(), deadline: Soon, cancellationToken: cancellationToken);
                if (answer.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                    return;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
            {
                // not there yet
            }

            if (process.HasExited || Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(1))
                throw new InvalidOperationException($"It does not serve. It wrote:\n{process.Output}");
            await Task.Delay(2, cancellationToken);
        }
    }
}
