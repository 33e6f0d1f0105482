using Google.Protobuf;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Reflection;

/// <summary>The older name of the same contract, for older callers. Both have one wire format, so the answers are v1's own bytes.</summary>
internal sealed class ReflectionV1Alpha(DescriptorIndex index, Drain drain) : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Begun);
        try
        {
            while (await requestStream.MoveNext(end.Token))
            {
                var question = Grpc.Reflection.V1.ServerReflectionRequest.Parser.ParseFrom(requestStream.Current.ToByteArray());
                var answer = ReflectionV1.Answer(index, question);
                await responseStream.WriteAsync(ServerReflectionResponse.Parser.ParseFrom(answer.ToByteArray()), context.CancellationToken);
            }
        }
        catch (OperationCanceledException) when (drain.Begun.IsCancellationRequested)
        {
            // The host ends, and so does the stream.
        }
    }
}
