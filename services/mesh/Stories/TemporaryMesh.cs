using Grpc.Net.Client;
using Loyalty.Communications;
using Loyalty.Communications.Features;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Mesh.Stories;

/// <summary>A mesh in a temporary folder and on a virtual clock, gone with everything in it when disposed.</summary>
internal sealed class TemporaryMesh : IAsyncDisposable
{
    private static readonly DateTimeOffset DefaultStart = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    private readonly DirectoryInfo _folder;
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly VirtualClock _clock;

    private TemporaryMesh(DirectoryInfo folder, WebApplication app, VirtualClock clock)
    {
        (_folder, _app, _clock) = (folder, app, clock);
        _channel = GrpcChannel.ForAddress(app.Services.GetRequiredService<ListenAddresses>().Grpc);
        Clients = new LoyaltyClients(_channel);
        Clock = new StageClock(clock, app.Services.GetRequiredService<DispatchWake>());
    }

    public LoyaltyClients Clients { get; }

    public IStageClock Clock { get; }

    public static async Task<TemporaryMesh> StartAsync(
        string name, Action<IServiceCollection, TimeProvider>? configure, CancellationToken cancellationToken, DateTimeOffset? start = null)
    {
        var folder = Directory.CreateTempSubdirectory($"loyalty-{name}-");
        var clock = new VirtualClock(start ?? DefaultStart);
        var settings = MeshHost.Settings(folder.FullName) with
        {
            ReadEnvironment = false, // a demo must not touch what the environment points at
            Clock = clock,
            Announce = false,
            Services = services => configure?.Invoke(services, clock),
            Overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Listen:Grpc"] = "http://127.0.0.1:0",
                ["Listen:Http"] = "http://127.0.0.1:0",
                ["Logging:LogLevel:Default"] = "Error",
                ["Communication:DryRunCache"] = "00:00:00", // people wait for what was just said to show; a copy may be a minute old
            },
        };
        var app = LoyaltyHost.Build([], settings, MeshHost.Modules());
        await app.StartAsync(cancellationToken);
        return new TemporaryMesh(folder, app, clock);
    }

    /// <summary>Waits until the gate has done all that is due now, and says when it wants to look next.</summary>
    public async Task<DateTimeOffset?> SettleAsync()
    {
        var database = _app.Services.GetRequiredService<Database<CommunicationsModule>>();
        var started = RealTime.Clock.GetTimestamp();
        using var timer = new PeriodicTimer(LookEvery);
        while (true)
        {
            var state = await database.ReadAsync(
                session => session.SingleAsync<(long? NextDue, long UnderWay)>(
                    "SELECT (SELECT MIN(due_at) FROM due) AS next_due, (SELECT COUNT(*) FROM queue WHERE state IN (2, 3)) AS under_way"),
                CancellationToken.None);
            var next = state.NextDue is { } micros ? DateTimeOffset.UnixEpoch.AddMicroseconds(micros) : (DateTimeOffset?)null;
            if (state.UnderWay == 0 && (next is null || next > _clock.GetUtcNow()))
                return next;
            if (RealTime.Clock.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"The gate did not finish what is due at {StoryTeller.Local(_clock.GetUtcNow())} within {Patience.TotalMinutes:0} minutes.");
            await timer.WaitForNextTickAsync(_app.Lifetime.ApplicationStopping);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Wakes the gate at each advance: it would look by itself, but a year and a half has many advances.</summary>
    private sealed class StageClock(VirtualClock clock, DispatchWake wake) : IStageClock
    {
        public DateTimeOffset Now => clock.GetUtcNow();

        public void AdvanceTo(DateTimeOffset instant)
        {
            clock.AdvanceTo(instant);
            wake.Set();
        }
    }
}
