using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Registers the bus of one host.</summary>
public static class MessagingServices
{
    /// <summary>RabbitMQ when <c>ConnectionStrings__rabbitmq</c> is set, else in memory; with relay, inbox, parking and heartbeats per module.</summary>
    public static IServiceCollection AddMessaging(
        this IServiceCollection services, IReadOnlyList<ServiceModule> modules, IConfiguration configuration)
    {
        var options = MessagingOptions.From(configuration);
        var broker = configuration.GetConnectionString("rabbitmq") is { Length: > 0 } address ? new Uri(address) : null;
        services.AddSingleton(options);
        services.AddSingleton<LocalDeliveries>();
        services.AddSingleton<Publisher>();
        foreach (var module in modules)
        {
            var map = new EventMap();
            module.Hear(map);
            foreach (var heard in map.Heard)
                services.TryAddTransient(heard.Handler);
            services.AddSingleton(provider => new ModuleMap(module.Name, map.Heard, Hearer(provider, module, map, options)));
            services.AddSingleton(provider => new Upkeep(module, Databases(provider).Of(module.Name), Heartbeats(provider, module), options));
            services.AddSingleton<IHostedService>(provider => Loops(provider, module.Name, broker is null));
        }

        services.AddHostedService<MessagingMeasures>();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry(); // on by default: nothing of ours calls home
            if (broker is null)
                bus.UsingInMemory((context, factory) => Topology(context, options).InMemory(factory));
            else
                bus.UsingRabbitMq((context, factory) => Topology(context, options).OnRabbitMq(factory, broker));
        });
        services.Configure<MassTransitHostOptions>(host => host.StopTimeout = options.HandlerTimeout);
        return services;
    }

    private static ModuleMessaging Loops(IServiceProvider provider, string service, bool inMemory)
    {
        var options = provider.GetRequiredService<MessagingOptions>();
        var logger = provider.GetRequiredService<ILogger<ModuleMessaging>>();
        var relay = new Relay(
            service,
            Databases(provider).Of(service),
            provider.GetRequiredService<Publisher>(),
            inMemory ? provider.GetRequiredService<LocalDeliveries>() : null,
            options,
            logger);
        var map = provider.GetServices<ModuleMap>().Single(m => m.Service == service);
        var upkeep = provider.GetServices<Upkeep>().Single(u => u.Service == service);
        return new ModuleMessaging(service, relay, new ParkedFeeder(map.Hearer, options, logger), upkeep, options, logger);
    }

    private static Hearer Hearer(IServiceProvider provider, ServiceModule module, EventMap map, MessagingOptions options) => new(
        module.Name,
        map.Heard,
        Databases(provider).Of(module.Name),
        Heartbeats(provider, module),
        provider.GetRequiredService<IServiceScopeFactory>(),
        options,
        provider.GetRequiredService<ILogger<Hearer>>());

    private static BusTopology Topology(IServiceProvider provider, MessagingOptions options) =>
        new(provider, [.. provider.GetServices<ModuleMap>()], options);

    private static Databases Databases(IServiceProvider provider) => provider.GetRequiredService<Databases>();

    private static IHeartbeats Heartbeats(IServiceProvider provider, ServiceModule module) =>
        (IHeartbeats)provider.GetRequiredService(typeof(Heartbeats<>).MakeGenericType(module.GetType()));
}
