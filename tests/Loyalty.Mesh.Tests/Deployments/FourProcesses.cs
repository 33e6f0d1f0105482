using System.Data.Common;
using Grpc.Core;
using Grpc.Health.V1;
using Loyalty.Mesh.Stories;
using Loyalty.TestKit;
using Npgsql;

namespace Loyalty.Mesh.Tests.Deployments;

/// <summary>What differs from the deployment that the journeys use: four services, one process each, on the servers that all tests share.</summary>
internal sealed record FourLayout
{
    /// <summary>Whether recognition runs; the gate does without.</summary>
    public bool Recognition { get; init; } = true;

    /// <summary>A second communication process on the same database.</summary>
    public bool TwoDispatchers { get; init; }

    /// <summary>A server that may be killed; none: the shared one.</summary>
    public PostgresServer? Postgres { get; init; }

    public RabbitMqServer? RabbitMq { get; init; }

    public RedisServer? Redis { get; init; }

    /// <summary>Settings for every process.</summary>
    public IReadOnlyList<(string Key, string? Value)> Settings { get; init; } = [];
}

/// <summary>The services as a company runs them: a process each, PostgreSQL, RabbitMQ and Redis.</summary>
internal sealed class FourProcesses : Deployment
{
    public const string First = "communication";
    public const string Second = "communication-2";

    private string _communicationDatabase = "";

    private FourProcesses()
        : base("four")
    {
    }

    /// <summary>The same services, with the second communication process in the place of the first.</summary>
    public LoyaltyClients SecondClients { get; private set; } = null!; // set by StartAsync, before anybody has the deployment

    public override DbConnection ConnectToCommunication() => new NpgsqlConnection(_communicationDatabase);

    public static async Task<FourProcesses> StartAsync(FourLayout? asked = null)
    {
        var layout = asked ?? new FourLayout();
        var deployment = new FourProcesses();
        var rabbit = layout.RabbitMq is { } own ? await own.CreateVhostAsync("faults") : await deployment.SharedVhostAsync();
        var redis = layout.Redis?.Configuration ?? await SharedServers.RedisAsync();
        string[] names = [.. Services.Where(service => layout.Recognition || service is not "recognition"), .. layout.TwoDispatchers ? [Second] : Array.Empty<string>()];
        var ports = Services.Append(Second).ToDictionary(name => name, _ => Ports.Free(), StringComparer.Ordinal);
        var databases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in Services)
            databases[service] = layout.Postgres is { } postgres ? await postgres.CreateDatabaseAsync(service) : await SharedServers.CreateDatabaseAsync(service);
        deployment._communicationDatabase = databases[First];
        var (master, lookup) = (NewKey(), NewKey());
        await Task.WhenAll(names.Select(async name =>
        {
            var service = name is Second ? First : name;
            var environment = deployment.Environment(ports[name]);
            environment[$"ConnectionStrings__{service}"] = databases[service];
            environment["ConnectionStrings__rabbitmq"] = rabbit.ToString();
            environment["ConnectionStrings__redis"] = redis;
            environment["Keys__Master__2026"] = master;
            environment["Keys__Lookup"] = lookup;
            foreach (var other in Services)
                environment[$"Services__{other}"] = $"http://127.0.0.1:{ports[other]}";
            if (name is Second)
                environment["Smtp__From"] = "second@shop.example"; // so that what it sends can be told apart
            foreach (var (key, value) in layout.Settings)
                environment[key] = value;
            await deployment.RunAsync(name, $"services/{service}", environment);
        }));
        var channels = ports.ToDictionary(port => port.Key, port => deployment.Channel(port.Value), StringComparer.Ordinal);
        await Task.WhenAll(names.Select(name => UntilItHearsAsync(channels[name])));
        deployment.Clients = Over(First);
        deployment.SecondClients = Over(Second);
        return deployment;

        LoyaltyClients Over(string communication) => new(channels["customer"], channels["interaction"], channels["recognition"], channels[communication]);
    }

    /// <summary>Queues are made when a service first meets its broker: what is said before that on a new broker has no queue to go to.</summary>
    private static async Task UntilItHearsAsync(ChannelBase channel) => await Eventually.ReachesAsync(
        async () => (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = "rabbitmq" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5))).Status,
        status => status == HealthCheckResponse.Types.ServingStatus.Serving, TimeSpan.FromSeconds(60), "the service has its queue");

    private async Task<Uri> SharedVhostAsync()
    {
        var vhost = await SharedServers.TakeVhostAsync("journeys");
        Hold(vhost);
        return vhost.Address;
    }
}
