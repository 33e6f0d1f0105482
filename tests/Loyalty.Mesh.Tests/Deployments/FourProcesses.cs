using Loyalty.Mesh.Stories;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Deployments;

/// <summary>The services as a company runs them: a process each, PostgreSQL, RabbitMQ and Redis.</summary>
internal sealed class FourProcesses : Deployment
{
    private FourProcesses()
        : base("four")
    {
    }

    public static async Task<FourProcesses> StartAsync()
    {
        var deployment = new FourProcesses();
        var vhost = await SharedServers.TakeVhostAsync("journeys");
        deployment.Hold(vhost);
        var redis = await SharedServers.RedisAsync();
        var ports = Services.ToDictionary(service => service, _ => Ports.Free(), StringComparer.Ordinal);
        var (master, lookup) = (NewKey(), NewKey());
        await Task.WhenAll(Services.Select(async service =>
        {
            var environment = deployment.Environment(ports[service]);
            environment[$"ConnectionStrings__{service}"] = await SharedServers.CreateDatabaseAsync(service);
            environment["ConnectionStrings__rabbitmq"] = vhost.Address.ToString();
            environment["ConnectionStrings__redis"] = redis;
            environment["Keys__Master__2026"] = master;
            environment["Keys__Lookup"] = lookup;
            foreach (var other in Services)
                environment[$"Services__{other}"] = $"http://127.0.0.1:{ports[other]}";
            await deployment.RunAsync(service, $"services/{service}", environment);
        }));
        var channels = Services.Select(service => deployment.Channel(ports[service])).ToArray();
        deployment.Clients = new LoyaltyClients(channels[0], channels[1], channels[2], channels[3]);
        return deployment;
    }
}
