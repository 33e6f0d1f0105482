using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loyalty.ServiceDefaults.Storage;

/// <summary>Registers one database per module.</summary>
public static class StorageServices
{
    /// <summary>
    /// Registers <see cref="Database{TModule}"/> for each module: from <c>ConnectionStrings__{service}</c>, or a file
    /// <c>{service}.db</c> in <c>Data__Folder</c> when there is none.
    /// </summary>
    public static IServiceCollection AddStorage(
        this IServiceCollection services, IReadOnlyList<ServiceModule> modules, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(typeof(PersonalValues<>));
        services.TryAddSingleton(typeof(LookupHash<>));
        services.TryAddSingleton(typeof(Parked<>));
        services.TryAddSingleton(typeof(Heartbeats<>));
        foreach (var module in modules)
        {
            services.TryAdd(ServiceDescriptor.Singleton(module.GetType(), module));
            var type = typeof(Database<>).MakeGenericType(module.GetType());
            var address = Address(module.Name, configuration);
            services.AddSingleton(type, provider =>
                Activator.CreateInstance(type, module.Name, address, provider.GetRequiredService<TimeProvider>())!); // not a Nullable<T>
        }

        services.AddSingleton(provider => new Databases(modules.Select(module =>
            (module, (Database)provider.GetRequiredService(typeof(Database<>).MakeGenericType(module.GetType()))))));
        return services;
    }

    private static string Address(string name, IConfiguration configuration)
    {
        if (configuration.GetConnectionString(name) is { Length: > 0 } address)
            return address;
        return configuration["Data:Folder"] is { Length: > 0 } folder
            ? $"Data Source={Path.Combine(folder, name + ".db")}"
            : throw new SettingFault($"ConnectionStrings:{name}", "is not set, and neither is Data__Folder");
    }
}
