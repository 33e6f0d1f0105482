using Grpc.Core;
using Loyalty.Recognitions.Features;

namespace Loyalty.Recognitions.Api;

internal sealed class RecognitionApi(ListRecognitions list) : V1.RecognitionService.RecognitionServiceBase
{
    public override Task<V1.ListRecognitionsResponse> ListRecognitions(V1.ListRecognitionsRequest request, ServerCallContext context) =>
        list.HandleAsync(request, context.CancellationToken);
}
