using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>Registers leased timers.</summary>
public static class TimerServices
{
    /// <summary>What leased timers need in every host.</summary>
    public static IServiceCollection AddTimers(
        this IServiceCollection services, IReadOnlyList<ServiceModule> modules, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(modules);
        services.AddSingleton(TimerOptions.From(configuration));
        return services;
    }

    /// <summary>Runs the timer on one replica of the module's service at a time.</summary>
    public static IServiceCollection AddLeasedTimer<TModule, TTimer>(this IServiceCollection services)
        where TModule : ServiceModule
        where TTimer : class, ILeasedTimer
    {
        services.TryAddSingleton<TTimer>();
        services.AddSingleton<IHostedService>(provider =>
        {
            var database = provider.GetRequiredService<Database<TModule>>();
            return new TimerLoop(
                database.Name,
                provider.GetRequiredService<TTimer>(),
                database,
                provider.GetRequiredService<TimerOptions>(),
                provider.GetRequiredService<ILogger<TimerLoop>>());
        });
        return services;
    }
}
