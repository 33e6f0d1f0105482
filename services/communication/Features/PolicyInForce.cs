using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>The policy of this process, read once at start; during a roll-out another process may have another one.</summary>
internal sealed class PolicyInForce
{
    /// <exception cref="PolicyRefusedException">The file's policy is not accepted; the message names the setting and why.</exception>
    public PolicyInForce(CommunicationOptions options) =>
        Policy = options.PolicyFile is { } file ? PolicyText.Parse(File.ReadAllText(file)) : Policy.Default;

    public Policy Policy { get; }
}
