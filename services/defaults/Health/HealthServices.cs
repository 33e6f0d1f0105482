using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Health;

internal static class HealthServices
{
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            // A service without an address runs in this host: its health is the host's own.
            var elsewhere = provider.GetServices<CalledService>().Where(called => provider.GetRequiredService<ClientSettings>().AddressOf(called.Name) is not null);
            var channels = provider.GetRequiredService<ServiceChannels>();
            return new HealthBook([.. provider.GetServices<IDependencyProbe>(), .. elsewhere.Select(called => new ServiceProbe(called, channels))], provider.GetRequiredService<Drain>());
        });
        services.AddSingleton<HealthService>();
        services.AddHostedService<HealthLoop>();
    }
}
