using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;

namespace Loyalty.TestKit;

/// <summary>Some modules in one host of this process: free ports, databases of its own, in-memory bus, no auth, business time by hand.</summary>
public sealed class ServiceFixture : IAsyncDisposable
{
    private readonly TempFolder folder = new("services");
    private readonly ServiceModule[] modules;
    private readonly Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
    private WebApplication? host;
    private GrpcChannel? channel;

    private ServiceFixture(Provider provider, ServiceModule[] modules)
    {
        Provider = provider;
        this.modules = modules;
    }

    /// <summary>Which database the modules have.</summary>
    public Provider Provider { get; }

    /// <summary>Business time; it stands still until it is advanced.</summary>
    public TestClock Clock { get; } = new();

    /// <summary>The folder that holds keys and SQLite files.</summary>
    public string Folder => folder.FullPath;

    /// <summary>What the host has registered.</summary>
    public IServiceProvider Services => Host.Services;

    /// <summary>Where gRPC is served.</summary>
    public Uri GrpcAddress => Services.GetRequiredService<ListenAddresses>().Grpc;

    /// <summary>Where HTTP/1.1 is served.</summary>
    public Uri HttpAddress => Services.GetRequiredService<ListenAddresses>().Http;

    private WebApplication Host => host ?? throw new InvalidOperationException("The host is stopped.");

    /// <summary>Starts the modules on fresh databases.</summary>
    public static Task<ServiceFixture> StartAsync(Provider provider, params ServiceModule[] modules) => StartAsync(provider, new Dictionary<string, string?>(StringComparer.Ordinal), modules);

    /// <summary>As the other overload, with settings ("Recognition:ThanksCooldown") on top.</summary>
    public static async Task<ServiceFixture> StartAsync(Provider provider, IReadOnlyDictionary<string, string?> settings, params ServiceModule[] modules)
    {
        var fixture = new ServiceFixture(provider, modules);
        try
        {
            await fixture.ConfigureAsync(settings);
            await fixture.StartAgainAsync();
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    /// <summary>A generated client of a service in this host: a "no" arrives as it is on the wire, and a unary call ends after 30 s.</summary>
    public TClient Client<TClient>()
        where TClient : ClientBase<TClient> =>
        (TClient)Activator.CreateInstance(typeof(TClient), (channel ??= GrpcChannel.ForAddress(GrpcAddress)).Intercept(new TestDeadlines()))!; // generated clients all have this constructor

    /// <summary>The database of one of the modules, for direct SQL.</summary>
    public Database Database(string service) => Services.GetRequiredService<Databases>().Of(service);

    /// <summary>Runs a query on the database of one of the modules.</summary>
    public Task<List<T>> QueryAsync<T>(string service, string sql, object? args = null) =>
        Database(service).ReadAsync(session => session.QueryAsync<T>(sql, args), CancellationToken.None);

    /// <summary>Says events through the outbox of one of the modules, as if something there had made them true.</summary>
    public Task SayAsync(string service, params IMessage[] events) => Database(service).WriteAsync(
        tx =>
        {
            foreach (var message in events)
                tx.Say(message);
            return Task.CompletedTask;
        },
        CancellationToken.None);

    /// <summary>Runs an act that is to be refused, and fails when any table of the service holds more or fewer rows afterwards.</summary>
    public async Task ChangesNothingAsync(string service, Func<Task> act)
    {
        ArgumentNullException.ThrowIfNull(act);
        var before = await RowCountsAsync(service);
        await act();
        var after = await RowCountsAsync(service);

        // Events that were said earlier leave the outbox meanwhile; none may come.
        after.Remove("outbox", out var saidAfter);
        before.Remove("outbox", out var saidBefore);
        saidAfter.ShouldBeLessThanOrEqualTo(saidBefore);
        after.ShouldBe(before);
    }

    /// <summary>Stops the host in order; its databases stay.</summary>
    public async Task StopAsync()
    {
        channel?.Dispose();
        channel = null;
        if (host is null)
            return;
        await host.StopAsync();
        await host.DisposeAsync();
        host = null;
    }

    /// <summary>Starts the stopped host on the same databases and new ports.</summary>
    public async Task StartAgainAsync()
    {
        var starting = LoyaltyHost.Build([], new LoyaltyHostSettings { Overrides = settings, Clock = Clock, ReadEnvironment = false, Announce = false }, modules);
        try
        {
            await starting.StartAsync();
            host = starting;
        }
        finally
        {
            if (host is null)
                await starting.DisposeAsync();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    private async Task ConfigureAsync(IReadOnlyDictionary<string, string?> given)
    {
        settings["Listen:Grpc"] = "http://127.0.0.1:0";
        settings["Listen:Http"] = "http://127.0.0.1:0";
        settings["Auth:Mode"] = "none";
        settings["Schema:Apply"] = "true";
        settings["Data:Folder"] = folder.FullPath;
        settings["Bus:ParkDelay"] = "00:00:00.050"; // what failed comes again at once
        settings["Bus:ParkDelayMost"] = "00:00:00.200";
        settings["Bus:ParkPoll"] = "00:00:00.020";
        foreach (var module in modules.Where(_ => Provider == Provider.Postgres))
            settings[$"ConnectionStrings:{module.Name}"] = await SharedServers.CreateDatabaseAsync(module.Name);
        foreach (var (key, value) in given)
            settings[key] = value;
    }

    private async Task<Dictionary<string, long>> RowCountsAsync(string service)
    {
        var database = Database(service);
        var tables = await QueryAsync<string>(service, database.Sql(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"));
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var table in tables.Except(["heartbeats", "leases", "inbox"], StringComparer.Ordinal)) // they change by themselves
        {
            var events = table == "outbox" ? "WHERE type NOT LIKE '%Heartbeat'" : "";
            counts[table] = (await QueryAsync<long>(service, $"SELECT count(*) FROM {table} {events}"))[0];
        }

        return counts;
    }

    private sealed class TestDeadlines : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            var options = context.Options.Deadline is null ? context.Options.WithDeadline(Deadlines.In(TimeSpan.FromSeconds(30))) : context.Options;
            return continuation(request, new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, options));
        }
    }
}
