using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Clients;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>Whether another service of the suite answers and says that it is ready.</summary>
internal sealed class ServiceProbe(CalledService called, ServiceChannels channels) : IDependencyProbe
{
    private readonly Grpc.Health.V1.Health.HealthClient client = new(channels.InvokerOf(called.Name));

    public string Name => $"service:{called.Name}";

    public bool Required => false;

    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var answer = await client.CheckAsync(new HealthCheckRequest(), deadline: Deadlines.In(TimeSpan.FromSeconds(2)), cancellationToken: cancellationToken);
        if (answer.Status != HealthCheckResponse.Types.ServingStatus.Serving)
            throw new InvalidOperationException("It answers, but is not ready.");
    }
}
