using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using Loyalty.ServiceDefaults.Reflection;
using Loyalty.ServiceDefaults.Tests.Hosting;

namespace Loyalty.ServiceDefaults.Tests.Reflection;

/// <summary>Asks what <c>grpcurl list</c> and <c>grpcurl describe</c> ask, and builds the contract from nothing but the answers.</summary>
public sealed class ReflectionTests : IAsyncLifetime
{
    private EchoHost host = null!; // xunit calls InitializeAsync before any test

    public async ValueTask InitializeAsync() => host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Reflection:Enabled"] = "true" });

    public ValueTask DisposeAsync() => host.DisposeAsync();

    [Fact]
    public async Task List_names_every_service()
    {
        var answer = await AskAsync(new ServerReflectionRequest { ListServices = "*" });

        answer.ListServicesResponse.Service.Select(service => service.Name).ShouldBe(
            ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection", "loyalty.tests.echo.v1.EchoService"]);
    }

    [Theory]
    [InlineData("loyalty.tests.echo.v1.EchoService")]
    [InlineData("loyalty.tests.echo.v1.EchoService.Say")]
    [InlineData("loyalty.tests.echo.v1.SayRequest")]
    [InlineData("loyalty.tests.echo.v1.SayRequest.page_size")]
    [InlineData("loyalty.tests.echo.v1.Mood")]
    [InlineData("loyalty.tests.echo.v1.MOOD_GLAD")]
    [InlineData(".loyalty.tests.echo.v1.SayResponse")]
    public async Task Describe_finds_the_file_of_any_symbol(string symbol)
    {
        var answer = await AskAsync(new ServerReflectionRequest { Host = "h", FileContainingSymbol = symbol });

        (answer.ValidHost, answer.OriginalRequest.FileContainingSymbol).ShouldBe(("h", symbol));
        FileDescriptorProto.Parser.ParseFrom(answer.FileDescriptorResponse.FileDescriptorProto[0]).Package.ShouldBe("loyalty.tests.echo.v1");
    }

    [Fact]
    public async Task A_caller_can_build_and_call_a_service_from_the_answers_alone()
    {
        var answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "loyalty.tests.echo.v1.EchoService" });
        var service = Built(answer)[^1].Services.Single(s => s.Name == "EchoService");
        var say = service.FindMethodByName("Say");
        say.InputType.Fields.InDeclarationOrder().Select(field => field.Name).ShouldBe(["text", "page_size", "page_token"]);

        // Bytes in, bytes out: field 1 is "text" on both sides, as the description says.
        var bytes = Marshallers.Create<byte[]>(message => message, message => message);
        var method = new Method<byte[], byte[]>(MethodType.Unary, service.FullName, say.Name, bytes, bytes);
        var reply = await host.Channel().CreateCallInvoker().AsyncUnaryCall(method, null, default, [0x0A, 2, (byte)'h', (byte)'i']);
        reply.ShouldBe([0x0A, 2, (byte)'h', (byte)'i']);
    }

    [Fact]
    public async Task A_file_comes_with_everything_it_needs()
    {
        var index = new DescriptorIndex();
        index.Serve([Loyalty.Customers.V1.CustomerService.Descriptor]);

        var answer = ReflectionV1.Answer(index, new ServerReflectionRequest { FileContainingSymbol = "loyalty.customer.v1.CustomerService" });

        Built(answer)[^1].Services.ShouldContain(service => service.FullName == "loyalty.customer.v1.CustomerService");
        var byName = ReflectionV1.Answer(index, new ServerReflectionRequest { FileByFilename = "google/protobuf/timestamp.proto" });
        FileDescriptorProto.Parser.ParseFrom(byName.FileDescriptorResponse.FileDescriptorProto.Single()).Package.ShouldBe("google.protobuf");
        await Task.CompletedTask;
    }

    [Fact]
    public async Task What_is_not_here_is_NOT_FOUND_and_the_stream_goes_on()
    {
        using var stream = new ServerReflection.ServerReflectionClient(host.Channel()).ServerReflectionInfo();
        ServerReflectionRequest[] questions =
        [
            new() { FileContainingSymbol = "nobody.Knows" },
            new() { FileByFilename = "nobody/knows.proto" },
            new() { FileContainingExtension = new ExtensionRequest { ContainingType = "loyalty.tests.echo.v1.SayRequest", ExtensionNumber = 7 } },
            new() { AllExtensionNumbersOfType = "nobody.Knows" },
        ];
        foreach (var question in questions)
        {
            await stream.RequestStream.WriteAsync(question);
            (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
            stream.ResponseStream.Current.ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.NotFound);
        }

        await stream.RequestStream.WriteAsync(new ServerReflectionRequest());
        (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        stream.ResponseStream.Current.ErrorResponse.ErrorCode.ShouldBe((int)StatusCode.Unimplemented);
        await stream.RequestStream.CompleteAsync();
        (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_type_without_extensions_has_none() =>
        (await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "loyalty.tests.echo.v1.SayRequest" })).AllExtensionNumbersResponse.ExtensionNumber.ShouldBeEmpty();

    [Fact]
    public async Task The_older_name_gives_the_same_answers()
    {
        using var stream = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(host.Channel()).ServerReflectionInfo();
        var questions = new[] { new ServerReflectionRequest { ListServices = "" }, new ServerReflectionRequest { FileContainingSymbol = "loyalty.tests.echo.v1.Mood" } };
        foreach (var question in questions)
        {
            await stream.RequestStream.WriteAsync(Grpc.Reflection.V1Alpha.ServerReflectionRequest.Parser.ParseFrom(question.ToByteArray()));
            (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
            stream.ResponseStream.Current.ToByteArray().ShouldBe((await AskAsync(question)).ToByteArray());
        }
    }

    [Fact]
    public async Task Where_it_is_off_nobody_learns_anything()
    {
        await using var closed = await EchoHost.StartAsync();
        using var stream = new ServerReflection.ServerReflectionClient(closed.Channel()).ServerReflectionInfo();

        (await Should.ThrowAsync<RpcException>(() => stream.ResponseStream.MoveNext(CancellationToken.None))).StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    private static IReadOnlyList<FileDescriptor> Built(ServerReflectionResponse answer)
    {
        // Whoever is needed comes first; the answer has the asked file first.
        var files = answer.FileDescriptorResponse.FileDescriptorProto.ToDictionary(bytes => FileDescriptorProto.Parser.ParseFrom(bytes).Name);
        var order = new List<ByteString>();
        void Add(string name)
        {
            var file = FileDescriptorProto.Parser.ParseFrom(files[name]);
            foreach (var needed in file.Dependency)
                Add(needed);
            if (!order.Contains(files[name]))
                order.Add(files[name]);
        }

        Add(FileDescriptorProto.Parser.ParseFrom(answer.FileDescriptorResponse.FileDescriptorProto[0]).Name);
        return FileDescriptor.BuildFromByteStrings(order);
    }

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest question)
    {
        using var stream = new ServerReflection.ServerReflectionClient(host.Channel()).ServerReflectionInfo();
        await stream.RequestStream.WriteAsync(question);
        await stream.RequestStream.CompleteAsync();
        (await stream.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        return stream.ResponseStream.Current;
    }
}
