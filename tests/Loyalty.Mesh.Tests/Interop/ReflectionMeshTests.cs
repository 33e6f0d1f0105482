using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using Loyalty.Mesh.Tests.Deployments;

namespace Loyalty.Mesh.Tests.Interop;

/// <summary>Asks the running mesh what <c>grpcurl list</c> and <c>grpcurl describe</c> ask.</summary>
public sealed class ReflectionMeshTests
{
    [Fact]
    public async Task List_and_describe_tell_every_service_whole()
    {
        await using var mesh = await MeshDeployment.StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://{mesh.Authority}");
        using var stream = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(deadline: DateTime.UtcNow.AddSeconds(20));

        var listed = (await AskAsync(new ServerReflectionRequest { ListServices = "*" })).ListServicesResponse.Service.Select(service => service.Name).ToList();

        listed.Where(name => name.StartsWith("loyalty.", StringComparison.Ordinal)).ShouldBe(
            [
                "loyalty.communication.v1.AttentionService", "loyalty.communication.v1.MailingService", "loyalty.communication.v1.TemplateService",
                "loyalty.customer.v1.CustomerService", "loyalty.customer.v1.IdentityService", "loyalty.customer.v1.PreferenceService",
                "loyalty.interaction.v1.InteractionService", "loyalty.recognition.v1.RecognitionService",
            ],
            ignoreOrder: true);
        foreach (var name in listed)
        {
            var files = (await AskAsync(new ServerReflectionRequest { FileContainingSymbol = name })).FileDescriptorResponse.FileDescriptorProto;
            var service = Built(files).SelectMany(file => file.Services).Single(service => service.FullName == name);
            service.Methods.ShouldNotBeEmpty();
            service.Methods.ShouldAllBe(method => method.InputType.FullName.EndsWith("Request") && method.OutputType.FullName.EndsWith("Response"));
        }

        async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question)
        {
            await stream.RequestStream.WriteAsync(question);
            (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
            return stream.ResponseStream.Current;
        }
    }

    /// <summary>Builds the contract from nothing but the answer; a file that is missing there throws.</summary>
    private static IEnumerable<FileDescriptor> Built(IEnumerable<ByteString> answer)
    {
        var byName = answer.ToDictionary(bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Name);
        var order = new List<string>();
        foreach (var name in byName.Keys)
            Add(name);
        return FileDescriptor.BuildFromByteStrings(order.Select(name => byName[name]));

        void Add(string name)
        {
            if (order.Contains(name))
                return;
            foreach (var needed in FileDescriptorProto.Parser.ParseFrom(byName[name]).Dependency)
                Add(needed);
            order.Add(name);
        }
    }
}
