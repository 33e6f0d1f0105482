using Google.Protobuf;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Timers;
using Loyalty.TestKit;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>Modules with storage, bus and timers as the real host registers them, without gRPC.</summary>
internal sealed class MessagingHost : IAsyncDisposable
{
    private readonly IHost host;

    private MessagingHost(IHost host) => this.host = host;

    public IServiceProvider Services => host.Services;

    public Behaviour Behaviour => Services.GetRequiredService<Behaviour>();

    public static async Task<MessagingHost> StartAsync(
        IReadOnlyDictionary<string, string?> settings, IReadOnlyList<ServiceModule> modules, bool untilBound = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings);
        if (Environment.GetEnvironmentVariable("LOYALTY_TEST_LOG") is not null)
            builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Information);
        builder.Services.AddSingleton<Behaviour>();
        builder.Services.AddStorage(modules, builder.Configuration);
        builder.Services.AddMessaging(modules, builder.Configuration);
        builder.Services.AddTimers(modules, builder.Configuration);
        var built = builder.Build();
        await SchemaRunner.ApplyAsync(built.Services, default);
        foreach (var (_, database) in built.Services.GetRequiredService<Databases>().All)
            await database.WriteAsync(tx => tx.ExecuteAsync("CREATE TABLE IF NOT EXISTS effects (consumer text NOT NULL, event text NOT NULL)"), default);
        await built.StartAsync();
        if (untilBound)
        {
            // An event said before a hearer's queue exists for the first time is not for that hearer.
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await built.Services.GetRequiredService<IBusControl>().WaitForHealthStatus(BusHealthStatus.Healthy, deadline.Token);
        }

        return new MessagingHost(built);
    }

    /// <summary>Quick delays and one database of either kind per service.</summary>
    public static async Task<Dictionary<string, string?>> SettingsAsync(Provider provider, TempFolder folder, Uri? broker, params string[] services)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Bus:ParkDelay"] = "00:00:00.050",
            ["Bus:ParkPoll"] = "00:00:00.020",
            ["Bus:RelayPoll"] = "00:00:00.050",
            ["Bus:HeartbeatEvery"] = "00:00:00.200",
            ["Bus:AwayPauseMost"] = "00:00:00.200",
            ["Bus:ParkTries"] = "3",
            ["ConnectionStrings:rabbitmq"] = broker?.ToString(),
        };
        foreach (var service in services)
        {
            settings[$"ConnectionStrings:{service}"] = provider == Provider.Postgres
                ? await SharedServers.CreateDatabaseAsync("bus")
                : $"Data Source={folder[service + ".db"]}";
        }

        return settings;
    }

    public Database DatabaseOf(string service) => Services.GetRequiredService<Databases>().Of(service);

    public Task SayAsync(params IMessage[] events) => DatabaseOf("customer").WriteAsync(
        tx =>
        {
            foreach (var e in events)
                tx.Say(e);
            return Task.CompletedTask;
        },
        default);

    public Task<List<string>> EffectsAsync(string service, string consumer) => DatabaseOf(service).ReadAsync(
        s => s.QueryAsync<string>("SELECT event FROM effects WHERE consumer = @consumer ORDER BY event", new { consumer }), default);

    public Task<long> CountAsync(string service, string table) =>
        DatabaseOf(service).ReadAsync(s => s.SingleAsync<long>("SELECT count(*) FROM " + table), default);

    public CancellationToken Stopping => Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
    }
}
