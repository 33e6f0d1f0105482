namespace Loyalty.Communications.Throttling;

/// <summary>Reads and writes the text of a policy: JSON with comments; what it does not set has its default.</summary>
internal static class PolicyText
{
    /// <exception cref="PolicyRefusedException">Not JSON, an unknown setting, or a policy under which a rule could never pass.</exception>
    public static Policy Parse(string text) => throw new NotSupportedException();
}

/// <summary>A policy that the gate does not accept; the message names the setting and why.</summary>
internal sealed class PolicyRefusedException(string message) : Exception(message);
