using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Health;
using Loyalty.ServiceDefaults.RateLimits;
using Loyalty.ServiceDefaults.Reflection;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Telemetry;
using Loyalty.ServiceDefaults.Timers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>Runs one service, or several in one process: the mesh is this host with four modules.</summary>
public static class LoyaltyHost
{
    /// <summary>Runs what the command line asks for; answers the exit code: 0, 1 after a failure, 2 when arguments or settings are wrong.</summary>
    public static Task<int> RunAsync(string[] args, params ServiceModule[] modules) => RunAsync(args, settings: null, modules);

    /// <summary>As above, with what the program decides beside the environment.</summary>
    public static Task<int> RunAsync(string[] args, LoyaltyHostSettings? settings, params ServiceModule[] modules) =>
        Verbs.RunAsync(args, settings ?? new LoyaltyHostSettings(), modules);

    /// <summary>A host that is ready to start; throws <see cref="SettingFault"/> when a setting is wrong.</summary>
    public static WebApplication Build(string[] args, LoyaltyHostSettings? settings, params ServiceModule[] modules)
    {
        settings ??= new LoyaltyHostSettings();
        if (modules.Length == 0)
            throw new ArgumentException("A host needs at least one module.", nameof(modules));
        var name = settings.Name ?? (modules.Length == 1 ? modules[0].Name : "mesh");

        // The empty builder: no appsettings.json (they would overwrite each other in the mesh), and half the start time.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = $"loyalty-{name}", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(settings.Defaults);
        if (settings.ReadEnvironment)
            builder.Configuration.AddEnvironmentVariables();
        builder.Configuration.AddInMemoryCollection(settings.Overrides);

        var reader = new SettingReader(builder.Configuration);
        var options = new HostOptions(reader);
        var auth = new AuthOptions(builder.Configuration, reader, options.OnLoopbackOnly);
        var rates = new RateOptions(reader, auth.On);
        var clients = new ClientSettings(builder.Configuration, reader);
        var schema = new SchemaOptions(builder.Configuration, reader, modules);
        var telemetry = new TelemetryOptions(name, reader);
        var clock = settings.Clock ?? ClockSetting.Open(reader, options.OnLoopbackOnly && clients.OnLoopbackOnly);
        reader.ThrowIfAny();

        var addresses = new ListenAddresses(secure: options.CertificateFile is not null);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listeners.Configure(kestrel, options, addresses));
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + options.ShutdownTimeout);
        LogOutput.Configure(builder.Logging, builder.Configuration, options);

        var services = builder.Services;
        services.AddSingleton(options).AddSingleton(auth).AddSingleton(rates).AddSingleton(clients).AddSingleton(addresses);
        services.AddSingleton(clock);
        services.AddSingleton<TokenCheck>().AddSingleton<CallerRates>().AddSingleton<ServiceChannels>();
        services.AddSingleton(_ => TokenSource.Of(auth));
        services.AddSingleton(schema).AddHostedService<SchemaAtStart>();
        services.AddSingleton<Drain>().AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<RefusalInterceptor>();
        services.AddRoutingCore();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = options.MaxMessageBytes;
            grpc.MaxSendMessageSize = options.MaxMessageBytes;
            grpc.EnableDetailedErrors = false;
            grpc.Interceptors.Add<RefusalInterceptor>();
        });
        services.AddHealth();
        services.AddSingleton<DescriptorIndex>().AddSingleton<ReflectionV1>().AddSingleton<ReflectionV1Alpha>();
        services.AddTelemetry(telemetry);
        services.AddSingleton<IReadOnlyList<ServiceModule>>(modules);
        services.AddStorage(modules, builder.Configuration).AddMessaging(modules, builder.Configuration).AddTimers(modules, builder.Configuration);
        if (!string.IsNullOrEmpty(builder.Configuration.GetConnectionString("rabbitmq")))
            services.AddSingleton<IDependencyProbe, BrokerProbe>();
        foreach (var module in modules)
        {
            services.AddSingleton<IDependencyProbe>(provider => new DatabaseProbe(module, provider.GetRequiredService<Databases>()));
            module.AddServices(services, builder.Configuration);
        }

        RequireAddresses(services, clients, options, modules);
        settings.Services?.Invoke(services);

        var app = builder.Build();
        app.UseRouting();
        app.UseMiddleware<RpcTags>();
        app.UseMiddleware<Gatekeeper>();
        Map(app, options, modules);
        app.Lifetime.ApplicationStarted.Register(addresses.Started);
        if (settings.Announce)
            app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"{name} listens: gRPC {addresses.Grpc.GetLeftPart(UriPartial.Authority)}, HTTP {addresses.Http.GetLeftPart(UriPartial.Authority)}"));
        return app;
    }

    private static void Map(WebApplication app, HostOptions options, ServiceModule[] modules)
    {
        var grpc = new GrpcMap(app);
        foreach (var module in modules)
            module.MapGrpc(grpc);
        grpc.Open<HealthService>();
        app.Services.GetRequiredService<HealthBook>().Serve(grpc.Services);
        if (options.Reflection)
        {
            grpc.Open<ReflectionV1>();
            grpc.Open<ReflectionV1Alpha>();
            app.Services.GetRequiredService<DescriptorIndex>().Serve(grpc.Services);
        }

        var http = app.MapGroup("");
        http.WithMetadata(PlainHttpOnly.Yes);
        HealthPages.Map(http);
        foreach (var module in modules)
            module.MapHttp(http);
    }

    private static void RequireAddresses(IServiceCollection services, ClientSettings clients, HostOptions options, ServiceModule[] modules)
    {
        var faults = services.Select(service => service.ImplementationInstance).OfType<CalledService>()
            .Where(called => clients.AddressOf(called.Name) is null && (options.CertificateFile is not null || !modules.Any(module => string.Equals(module.Name, called.Name, StringComparison.Ordinal))))
            .Select(called => $"Services__{called.Name}: is required, such as dns:///{called.Name}:8080: this host calls that service, and does not run it in cleartext itself")
            .ToList();
        if (faults.Count > 0)
            throw new SettingFault(faults);
    }
}
