using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Configures the bus: one queue per hearing and saying service, bound to the exchanges of the event types heard and to the heartbeat's.</summary>
internal sealed class BusTopology(IServiceProvider services, IReadOnlyList<ModuleMap> maps, MessagingOptions options)
{
    public void OnRabbitMq(IRabbitMqBusFactoryConfigurator bus, Uri address)
    {
        bus.Host(address);
        foreach (var (map, source, types, queue) in Queues())
        {
            var dead = queue + "-dead";
            var filter = Filter(map, source, queue);
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                if (options.QueueType == "quorum")
                {
                    endpoint.SetQuorumQueue();
                    endpoint.SetQueueArgument("x-delivery-limit", options.DeliveryLimit);
                    endpoint.SetQueueArgument("x-dead-letter-exchange", dead);
                    // Without these two a message may get lost between the queue and its dead-letter target.
                    endpoint.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
                    endpoint.SetQueueArgument("x-overflow", "reject-publish");
                }

                foreach (var type in types)
                    endpoint.Bind(type);
                Configure(endpoint, filter, map.Hearer);
            });
            if (options.QueueType == "quorum")
            {
                bus.ReceiveEndpoint(dead, endpoint =>
                {
                    endpoint.SetQuorumQueue();
                    Configure(endpoint, new DeadQueue(map.Hearer, filter), map.Hearer);
                });
            }
        }
    }

    public void InMemory(IInMemoryBusFactoryConfigurator bus)
    {
        var deliveries = services.GetRequiredService<LocalDeliveries>();
        foreach (var (map, source, types, queue) in Queues())
        {
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                foreach (var type in types)
                {
                    endpoint.Bind(type);
                    deliveries.Bind(source, type, queue);
                }

                Configure(endpoint, Filter(map, source, queue), map.Hearer);
            });
        }
    }

    private IEnumerable<(ModuleMap Map, string Source, List<string> Types, string Queue)> Queues() =>
        from map in maps
        from heard in map.Heard.GroupBy(h => h.Source, StringComparer.Ordinal)
        let types = heard.Select(h => h.Descriptor).Concat(heard.Select(EventMap.HeartbeatOf).OfType<Google.Protobuf.Reflection.MessageDescriptor>())
        select (map, heard.Key, types.Select(type => type.FullName).Distinct(StringComparer.Ordinal).ToList(), $"{map.Service}-from-{heard.Key}");

    private HeardQueue Filter(ModuleMap map, string source, string queue) => new(
        map.Hearer,
        source,
        queue,
        services.GetRequiredService<LocalDeliveries>(),
        services.GetRequiredService<IHostApplicationLifetime>(),
        options,
        services.GetRequiredService<ILogger<HeardQueue>>());

    private void Configure(IReceiveEndpointConfigurator endpoint, IFilter<ReceiveContext> filter, Hearer hearer)
    {
        endpoint.PrefetchCount = options.Prefetch;
        // SQLite has one writer: more at a time would only queue in front of it.
        endpoint.ConcurrentMessageLimit = hearer.Database.Provider == Storage.Provider.Sqlite ? Math.Min(2, options.Concurrency) : options.Concurrency;
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.RethrowFaultedMessages(); // back into the queue, never to _error
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(new End<ReceiveContext>())); // never to _skipped
        endpoint.ConfigureReceive(pipe => pipe.UseFilter(filter));
    }
}

/// <summary>What one module hears, and who hands it over.</summary>
internal sealed record ModuleMap(string Service, IReadOnlyList<HeardEvent> Heard, Hearer Hearer);
