using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>What a program or a test decides for the host, beside the environment.</summary>
public sealed record LoyaltyHostSettings
{
    /// <summary>The name in logs and telemetry; the module's name, or "mesh" for several.</summary>
    public string? Name { get; init; }

    /// <summary>Settings ("Auth:Mode") that hold where the environment says nothing.</summary>
    public IReadOnlyDictionary<string, string?> Defaults { get; init; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Settings ("Auth:Mode") that hold whatever the environment says.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the environment is read; tests that must not depend on it say no.</summary>
    public bool ReadEnvironment { get; init; } = true;

    /// <summary>Business time; null for <c>Clock__File</c> or the machine's clock.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Runs after all registrations, so that it can replace them.</summary>
    public Action<IServiceCollection>? Services { get; init; }

    /// <summary>Whether the host says on standard output where it listens.</summary>
    public bool Announce { get; init; } = true;
}
