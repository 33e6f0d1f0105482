using Grpc.Core;
using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.ServiceDefaults.Health;

/// <summary>The standard <c>grpc.health.v1</c>: per gRPC service, per dependency, and for the host as a whole (the empty name).</summary>
internal sealed class HealthService(HealthBook book) : Grpc.Health.V1.Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = StatusOf(request.Service);
        return status == HealthCheckResponse.Types.ServingStatus.ServiceUnknown
            ? throw Refusal.NotFound("SERVICE_UNKNOWN", "No service or dependency has this name here.")
            : Task.FromResult(new HealthCheckResponse { Status = status });
    }

    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, book.Draining);
        HealthCheckResponse.Types.ServingStatus? told = null;
        while (true)
        {
            var changed = book.Changed;
            var status = StatusOf(request.Service);
            if (status != told)
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
            told = status;
            if (book.Draining.IsCancellationRequested)
                return; // it was told NOT_SERVING; an open stream would hold up the end
            await changed.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private HealthCheckResponse.Types.ServingStatus StatusOf(string service) => book.Serves(service) switch
    {
        true => HealthCheckResponse.Types.ServingStatus.Serving,
        false => HealthCheckResponse.Types.ServingStatus.NotServing,
        null => HealthCheckResponse.Types.ServingStatus.ServiceUnknown,
    };
}
