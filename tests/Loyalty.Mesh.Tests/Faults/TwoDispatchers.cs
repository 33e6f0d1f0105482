using Loyalty.Mesh.Tests.Deployments;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>Customer, interaction and two communication processes, for all tests of a class: each brings its own people.</summary>
public sealed class TwoDispatchers : IAsyncLifetime
{
    /// <summary>Quick to look again: faults are many, and real time is dear.</summary>
    internal static readonly (string Key, string? Value)[] Impatient =
    [
        ("Communication__PollEvery", "00:00:00.050"),
        ("Communication__SweepEvery", "00:00:00.200"),
        ("Smtp__BreakerPause", "00:00:00.100"),
        ("Smtp__BreakerLongestPause", "00:00:00.200"),
        ("Bus__RelayPoll", "00:00:00.200"),
        ("Communication__DryRunCache", "00:00:00"), // a dry run that says what is committed, not what was a minute ago
    ];

    internal FourProcesses Services { get; private set; } = null!; // set before any test runs

    /// <summary>Whether the first one runs with orders to stop somewhere.</summary>
    internal bool FirstIsArmed { get; set; }

    public async ValueTask InitializeAsync() =>
        Services = await FourProcesses.StartAsync(new FourLayout { Recognition = false, TwoDispatchers = true, Settings = Impatient });

    public ValueTask DisposeAsync() => Services.DisposeAsync();
}
