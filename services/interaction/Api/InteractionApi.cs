using Grpc.Core;
using Loyalty.Interactions.Features;

namespace Loyalty.Interactions.Api;

internal sealed class InteractionApi(RecordInteraction record, ListInteractions list) : V1.InteractionService.InteractionServiceBase
{
    public override Task<V1.RecordInteractionResponse> RecordInteraction(V1.RecordInteractionRequest request, ServerCallContext context) =>
        record.HandleAsync(request, context.CancellationToken);

    public override Task<V1.ListInteractionsResponse> ListInteractions(V1.ListInteractionsRequest request, ServerCallContext context) =>
        list.HandleAsync(request, context.CancellationToken);
}
