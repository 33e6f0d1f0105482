using MassTransit;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>Whether the bus holds its connection to the broker.</summary>
internal sealed class BrokerProbe(IBusControl bus) : IDependencyProbe
{
    public string Name => "rabbitmq";

    public bool Required => false;

    public Task CheckAsync(CancellationToken cancellationToken) =>
        bus.CheckHealth().Status == BusHealthStatus.Healthy ? Task.CompletedTask : throw new InvalidOperationException("The bus is not connected.");
}
