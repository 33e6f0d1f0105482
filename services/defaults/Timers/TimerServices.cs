using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>Registers leased timers.</summary>
public static class TimerServices
{
    /// <summary>What leased timers need in every host.</summary>
    public static IServiceCollection AddTimers(
        this IServiceCollection services, IReadOnlyList<ServiceModule> modules, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentNullException.ThrowIfNull(configuration);
        return services;
    }

    /// <summary>Runs the timer on one replica of the module's service at a time.</summary>
    public static IServiceCollection AddLeasedTimer<TModule, TTimer>(this IServiceCollection services)
        where TModule : ServiceModule
        where TTimer : class, ILeasedTimer
    {
        services.AddSingleton<TTimer>();
        return services;
    }
}
