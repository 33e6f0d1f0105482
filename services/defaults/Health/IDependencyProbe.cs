namespace Loyalty.ServiceDefaults.Health;

/// <summary>Asks something that the host needs whether it is there. Register as a singleton; asked every 5 s, given 3 s, once at a time.</summary>
public interface IDependencyProbe
{
    /// <summary>The name in the health body, in metrics and as a health service: "rabbitmq", "database:customer".</summary>
    string Name { get; }

    /// <summary>Whether the host is not ready without it: the own database with its schema, and nothing else.</summary>
    bool Required { get; }

    /// <summary>Returns when it answered as it should; throws when not.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
