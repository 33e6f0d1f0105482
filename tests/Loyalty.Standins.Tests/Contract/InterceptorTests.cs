using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Loyalty.Standins.Tests.Contract;

public sealed class InterceptorTests
{
    private static readonly Method<string, string> Shout =
        new(MethodType.Unary, "s.v1.S", "Shout", Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    private readonly RecordingInvoker _transport = new();

    [Fact]
    public void In_one_list_the_first_is_asked_first()
    {
        CallAll(_transport.Intercept(new Naming("a"), new Naming("b"), new Naming("c")));

        _transport.Calls.Select(call => $"{call.Kind}: {Path(call.Options)}")
            .ShouldBe(["blocking: a b c", "unary: a b c", "server: a b c", "client: a b c", "duplex: a b c"]);
    }

    [Fact]
    public void Put_on_one_by_one_the_last_is_asked_first()
    {
        CallAll(_transport.Intercept(new Naming("a")).Intercept(new Naming("b")));

        _transport.Calls.ShouldAllBe(call => Path(call.Options) == "b a");
    }

    [Fact]
    public void A_channel_takes_interceptors_as_an_invoker_does()
    {
        CallAll(new Channel(_transport).Intercept(new Naming("a"), new Naming("b")));
        CallAll(new Channel(_transport).Intercept(new Naming("c")));

        _transport.Calls.Select(call => Path(call.Options)).Distinct(StringComparer.Ordinal).ShouldBe(["a b", "c"]);
    }

    [Fact]
    public void A_function_may_give_calls_their_headers()
    {
        CallAll(_transport.Intercept(headers => [.. headers, new("path", "f")]));

        _transport.Calls.ShouldAllBe(call => Path(call.Options) == "f");
    }

    [Fact]
    public void No_interceptors_mean_the_invoker_itself() => _transport.Intercept([]).ShouldBeSameAs(_transport);

    [Fact]
    public void An_interceptor_that_overrides_nothing_changes_nothing()
    {
        var options = new CallOptions(deadline: DateTime.MaxValue);

        _transport.Intercept(new Idle()).BlockingUnaryCall(Shout, "host", options, "hey").ShouldBe("hey");

        _transport.Calls.ShouldBe([("blocking", "host", options)]);
    }

    [Fact]
    public void A_client_with_another_host_sends_every_call_there_unless_the_call_names_one()
    {
        var client = new Client(_transport);

        client.Invoker.BlockingUnaryCall(Shout, null, default, "x");
        CallAll(client.WithHost("elsewhere").Invoker);
        client.WithHost("elsewhere").WithHost("third").Invoker.BlockingUnaryCall(Shout, null, default, "x");
        client.WithHost("elsewhere").Invoker.BlockingUnaryCall(Shout, "own", default, "x");

        _transport.Calls.Select(call => call.Host)
            .ShouldBe([null, "elsewhere", "elsewhere", "elsewhere", "elsewhere", "elsewhere", "third", "own"]);
    }

    [Fact]
    public void A_client_for_test_doubles_throws_where_nothing_is_overridden()
    {
        Should.Throw<NotImplementedException>(() => new Client().Invoker.BlockingUnaryCall(Shout, null, default, "x"));
        Should.Throw<NotImplementedException>(() => new Client().Invoker.AsyncDuplexStreamingCall(Shout, null, default));
    }

    [Fact]
    public async Task A_server_interceptor_that_overrides_nothing_passes_on()
    {
        var idle = new Idle();

        (await idle.UnaryServerHandler("a", null!, (string request, ServerCallContext _) => Task.FromResult(request + "!"))) // no context is read
            .ShouldBe("a!");
        await Should.ThrowAsync<TimeoutException>(idle.DuplexStreamingServerHandler<string, string>(
            null!, null!, null!, (_, _, _) => Task.FromException(new TimeoutException()))); // nothing of it is read
    }

    private static void CallAll(CallInvoker invoker)
    {
        invoker.BlockingUnaryCall(Shout, null, default, "x");
        invoker.AsyncUnaryCall(Shout, null, default, "x").Dispose();
        invoker.AsyncServerStreamingCall(Shout, null, default, "x").Dispose();
        invoker.AsyncClientStreamingCall(Shout, null, default).Dispose();
        invoker.AsyncDuplexStreamingCall(Shout, null, default).Dispose();
    }

    private static string Path(CallOptions options) => string.Join(' ', (options.Headers ?? []).GetAll("path").Select(entry => entry.Value));

    private sealed class Idle : Interceptor;

    private sealed class Client : ClientBase<Client>
    {
        public Client()
        {
        }

        public Client(CallInvoker invoker) : base(invoker)
        {
        }

        private Client(ClientBaseConfiguration configuration) : base(configuration)
        {
        }

        public CallInvoker Invoker => CallInvoker;

        protected override Client NewInstance(ClientBaseConfiguration configuration) => new(configuration);
    }

    private sealed class Channel(CallInvoker invoker) : ChannelBase("nowhere")
    {
        public override CallInvoker CreateCallInvoker() => invoker;
    }
}
