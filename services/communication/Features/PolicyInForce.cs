using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>The policy of this process, read once at start; during a roll-out another process may have another one.</summary>
/// <exception cref="PolicyRefusedException">The file's policy is not accepted; the message names the setting and why.</exception>
internal sealed class PolicyInForce(CommunicationOptions options, TimeProvider clock)
{
    public Policy Policy { get; } = options.PolicyFile is { } file ? PolicyText.Parse(File.ReadAllText(file), Instant.Of(clock.GetUtcNow())) : Policy.Default;
}
