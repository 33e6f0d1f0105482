using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Reflection;

/// <summary>Tells callers such as <c>grpcurl list</c> and <c>describe</c> which contracts are served here.</summary>
internal sealed class ReflectionV1(DescriptorIndex index, Drain drain) : ServerReflection.ServerReflectionBase
{
    public override async Task ServerReflectionInfo(IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Begun);
        try
        {
            while (await requestStream.MoveNext(end.Token))
                await responseStream.WriteAsync(Answer(index, requestStream.Current), context.CancellationToken);
        }
        catch (OperationCanceledException) when (drain.Begun.IsCancellationRequested)
        {
            // The host ends, and so does the stream.
        }
    }

    internal static ServerReflectionResponse Answer(DescriptorIndex index, ServerReflectionRequest question)
    {
        var answer = new ServerReflectionResponse { ValidHost = question.Host, OriginalRequest = question };
        switch (question.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                answer.ListServicesResponse = new ListServiceResponse { Service = { index.Services.Select(name => new ServiceResponse { Name = name }) } };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                Tell(answer, index.File(question.FileByFilename), question.FileByFilename);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                Tell(answer, index.Containing(question.FileContainingSymbol), question.FileContainingSymbol);
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                var extension = question.FileContainingExtension;
                Tell(answer, index.Extending(extension.ContainingType, extension.ExtensionNumber), $"{extension.ContainingType} {extension.ExtensionNumber}");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                var type = question.AllExtensionNumbersOfType;
                if (index.ExtensionsOf(type) is { } numbers)
                    answer.AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type, ExtensionNumber = { numbers } };
                else
                    Tell(answer, file: null, type);
                break;
            default:
                answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.Unimplemented, ErrorMessage = "The question is of a kind that this release does not know." };
                break;
        }

        return answer;
    }

    private static void Tell(ServerReflectionResponse answer, FileDescriptor? file, string asked)
    {
        if (file is null)
            answer.ErrorResponse = new ErrorResponse { ErrorCode = (int)StatusCode.NotFound, ErrorMessage = $"Not found: {asked}" };
        else
            answer.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { DescriptorIndex.Whole(file) } };
    }
}
