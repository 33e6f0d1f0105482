using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loyalty.ServiceDefaults.Clients;

/// <summary>Typed clients of the other services.</summary>
public static class ServiceClients
{
    /// <summary>
    /// Registers a generated client of another service; inject it as it is. Address: <c>Services__{service}</c>, else this host when that
    /// service runs in it. Every call needs a deadline (<see cref="Deadlines"/>), and a "no" arrives as a <see cref="Refusals.Refusal"/>.
    /// </summary>
    public static IServiceCollection AddServiceClient<TClient>(this IServiceCollection services, string service)
        where TClient : ClientBase<TClient>
    {
        services.TryAddSingleton(provider => (TClient)Activator.CreateInstance(typeof(TClient), provider.GetRequiredService<ServiceChannels>().InvokerOf(service))!); // generated clients all have this constructor
        if (!services.Any(s => s.ServiceType == typeof(CalledService) && s.ImplementationInstance is CalledService called && string.Equals(called.Name, service, StringComparison.Ordinal)))
            services.AddSingleton(new CalledService(service));
        return services;
    }
}

/// <summary>A service that this host calls, for its health entry and for the check of addresses at start.</summary>
internal sealed record CalledService(string Name);
