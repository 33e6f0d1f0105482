using Loyalty.Interactions.V1;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>Nothing is done with it; hearing it tells the gate that complaints would reach us too.</summary>
internal sealed class HearInteractionAlive : IHandle<InteractionHeartbeat>
{
    public Task HandleAsync(InteractionHeartbeat message, Inbox inbox, CancellationToken cancellationToken) => Task.CompletedTask;
}
