namespace Loyalty.Communications.Throttling;

/// <summary>What is the same for all mailings decided in one go.</summary>
/// <param name="CustomerHeardAt">Last heartbeat of the customer service.</param>
/// <param name="InteractionHeardAt">Last heartbeat of the interaction service.</param>
/// <param name="Now">From the one clock; never runs backwards for one person.</param>
internal readonly record struct Visit(Policy Policy, long CustomerHeardAt, long InteractionHeardAt, long Now);
