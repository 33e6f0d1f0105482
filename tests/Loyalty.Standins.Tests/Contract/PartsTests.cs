using System.IO.Compression;
using Grpc.Core;
using Grpc.Core.Utils;
using Grpc.Net.Compression;

namespace Loyalty.Standins.Tests.Contract;

/// <summary>The small parts: methods, marshallers, call objects, streams, auth context, compression.</summary>
public sealed class PartsTests
{
    [Fact]
    public void A_method_is_named_as_on_the_wire()
    {
        var method = new Method<string, string>(
            MethodType.DuplexStreaming, "loyalty.v1.S", "Go", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

        method.FullName.ShouldBe("/loyalty.v1.S/Go");
        ((IMethod)method).Type.ShouldBe(MethodType.DuplexStreaming);
    }

    [Fact]
    public void A_marshaller_of_arrays_works_over_contexts_too()
    {
        var payload = new Payload();

        Marshallers.StringMarshaller.ContextualSerializer("grüezi", payload);

        payload.Bytes.ShouldBe("grüezi"u8.ToArray());
        Marshallers.StringMarshaller.ContextualDeserializer(new Arrived(payload.Bytes)).ShouldBe("grüezi");
    }

    [Fact]
    public void A_marshaller_over_contexts_does_not_work_with_arrays() =>
        Should.Throw<NotImplementedException>(() => Marshallers.Create<string>((_, _) => { }, _ => "").Serializer("x"));

    [Fact]
    public async Task A_call_object_hands_its_state_to_every_function_and_disposes_once_asked()
    {
        var state = new List<string>();
        static List<string> Note(object state, string what)
        {
            ((List<string>)state).Add(what);
            return (List<string>)state;
        }

        using (var call = new AsyncUnaryCall<string>(
            Task.FromResult("r"),
            s => Task.FromResult(new Metadata { { "n", $"{Note(s, "headers").Count}" } }),
            s => new Status(StatusCode.OK, $"{Note(s, "status").Count}"),
            s => [new("n", $"{Note(s, "trailers").Count}")],
            s => Note(s, "dispose"),
            state))
        {
            (await call).ShouldBe("r");
            (await call.ConfigureAwait(true)).ShouldBe("r");
            (await call.ResponseHeadersAsync).GetValue("n").ShouldBe("1");
            call.GetStatus().Detail.ShouldBe("2");
            call.GetTrailers().GetValue("n").ShouldBe("3");
        }

        state.ShouldBe(["headers", "status", "trailers", "dispose"]);
    }

    [Fact]
    public async Task A_stream_is_read_to_its_end()
    {
        var read = new List<string>();
        await foreach (var item in new Items("a", "b").ReadAllAsync(TestContext.Current.CancellationToken))
            read.Add(item);

        read.ShouldBe(["a", "b"]);
        (await new Items().MoveNext()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_stream_stops_when_cancelled_by_either_token()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new Items("a").ReadAllAsync(cancelled))
            {
            }
        });
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new Items("a").ReadAllAsync(CancellationToken.None).WithCancellation(cancelled))
            {
            }
        });
    }

    [Fact]
    public async Task A_writer_that_cannot_be_cancelled_says_so()
    {
        using var cancel = new CancellationTokenSource();
        IAsyncStreamWriter<string> writer = new Sink();

        await writer.WriteAsync("a", CancellationToken.None);

        await Should.ThrowAsync<NotSupportedException>(async () => await writer.WriteAsync("b", cancel.Token));
        ((Sink)writer).Written.ShouldBe(["a"]);
    }

    [Fact]
    public void An_authenticated_peer_has_the_properties_that_name_it()
    {
        var name = AuthProperty.Create("x509_subject", "till-7"u8.ToArray());
        var other = AuthProperty.Create("alpn", "h2"u8.ToArray());
        var peer = new AuthContext("x509_subject", new(StringComparer.Ordinal) { ["x509_subject"] = [name], ["alpn"] = [other] });

        peer.IsPeerAuthenticated.ShouldBeTrue();
        peer.PeerIdentity.ShouldBe([name]);
        peer.Properties.ShouldBe([name, other], ignoreOrder: true);
        peer.FindPropertiesByName("none").ShouldBeEmpty();
        name.Value.ShouldBe("till-7");
        new AuthContext(null, []).PeerIdentity.ShouldBeEmpty();
        new AuthContext(null, []).IsPeerAuthenticated.ShouldBeFalse();
    }

    [Fact]
    public void A_service_definition_refuses_a_method_twice()
    {
        var method = new Method<string, string>(MethodType.Unary, "s", "m", Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        UnaryServerMethod<string, string> handler = (request, _) => Task.FromResult(request);

        Should.Throw<ArgumentException>(() => ServerServiceDefinition.CreateBuilder().AddMethod(method, handler).AddMethod(method, handler));
    }

    [Theory]
    [InlineData("gzip", 0x1f, 0x8b)]
    [InlineData("deflate", 0x78, -1)] // zlib's first byte; bare deflate would begin otherwise
    public void Compression_has_the_format_of_the_wire_and_leaves_the_stream_open(string name, int first, int second)
    {
        ICompressionProvider provider = string.Equals(name, "gzip", StringComparison.Ordinal)
            ? new GzipCompressionProvider(CompressionLevel.Fastest)
            : new DeflateCompressionProvider(CompressionLevel.Fastest);
        var plain = new byte[10_000];
        using var packed = new MemoryStream();

        using (var stream = provider.CreateCompressionStream(packed, null))
            stream.Write(plain);

        provider.EncodingName.ShouldBe(name);
        packed.CanWrite.ShouldBeTrue();
        packed.Length.ShouldBeLessThan(200);
        packed.GetBuffer()[0].ShouldBe((byte)first);
        if (second >= 0)
            packed.GetBuffer()[1].ShouldBe((byte)second);
        packed.Position = 0;
        using var unpacked = new MemoryStream();
        using (var stream = provider.CreateDecompressionStream(packed))
            stream.CopyTo(unpacked);
        unpacked.ToArray().ShouldBe(plain);
        packed.CanRead.ShouldBeTrue();
    }

    [Fact]
    public void Preconditions_throw_what_they_say()
    {
        Should.Throw<ArgumentException>(() => GrpcPreconditions.CheckArgument(false, "wrong")).Message.ShouldBe("wrong");
        Should.Throw<InvalidOperationException>(() => GrpcPreconditions.CheckState(false, "not now")).Message.ShouldBe("not now");
        Should.Throw<ArgumentNullException>(() => GrpcPreconditions.CheckNotNull<string>(null, "p")).ParamName.ShouldBe("p");
        GrpcPreconditions.CheckNotNull("here").ShouldBe("here");
    }

    private sealed class Payload : SerializationContext
    {
        public byte[] Bytes { get; private set; } = [];

        public override void Complete(byte[] payload) => Bytes = payload;
    }

    private sealed class Arrived(byte[] bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes;
    }

    private sealed class Items(params string[] items) : IAsyncStreamReader<string>
    {
        private int _at = -1;

        public string Current => items[_at];

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(++_at < items.Length);
        }
    }

    private sealed class Sink : IAsyncStreamWriter<string>
    {
        public List<string> Written { get; } = [];

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(string message)
        {
            Written.Add(message);
            return Task.CompletedTask;
        }
    }
}
