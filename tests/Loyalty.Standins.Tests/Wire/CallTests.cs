using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Loyalty.Standins.Tests.Contract;

namespace Loyalty.Standins.Tests.Wire;

/// <summary>The real client calls the real server through a socket, both on the stand-ins.</summary>
public sealed class CallTests : IAsyncLifetime
{
    private EchoServer _server = null!; // set before each test
    private GrpcChannel _channel = null!; // set before each test
    private Echo.EchoClient _client = null!; // set before each test

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await EchoServer.StartAsync(options =>
        {
            options.Interceptors.Add<OuterInterceptor>();
            options.Interceptors.Add<InnerInterceptor>();
        });
        _channel = _server.Connect();
        _client = new(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task One_request_gets_one_response()
    {
        (await _client.SayAsync(new() { Text = "hello" }, cancellationToken: Cancel)).Text.ShouldBe("hello");
        _client.Say(new() { Text = "blocking" }, cancellationToken: Cancel).Text.ShouldBe("blocking");
    }

    [Fact]
    public async Task One_request_gets_a_stream()
    {
        using var call = _client.Count(new() { Upto = 1000 }, cancellationToken: Cancel);

        var numbers = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync(Cancel))
            numbers.Add(response.Number);

        numbers.ShouldBe(Enumerable.Range(1, 1000));
        call.GetStatus().StatusCode.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public async Task A_stream_gets_one_response()
    {
        using var call = _client.Sum(cancellationToken: Cancel);

        for (var term = 1; term <= 1000; term++)
            await call.RequestStream.WriteAsync(new() { Term = term }, Cancel);
        await call.RequestStream.CompleteAsync();

        var answer = await call;
        answer.Sum.ShouldBe(500_500);
        answer.Terms.ShouldBe(1000);
    }

    [Fact]
    public async Task A_stream_gets_a_stream_message_by_message()
    {
        using var call = _client.Chat(cancellationToken: Cancel);

        foreach (var text in new[] { "one", "two", "three" })
        {
            await call.RequestStream.WriteAsync(new() { Text = text }, Cancel);
            (await call.ResponseStream.MoveNext(Cancel)).ShouldBeTrue();
            call.ResponseStream.Current.Text.ShouldBe($"you said {text}");
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(Cancel)).ShouldBeFalse();
        call.GetTrailers().GetValue("said").ShouldBe("goodbye");
    }

    [Fact]
    public async Task Metadata_travels_both_ways_as_text_and_bytes()
    {
        using var call = _client.SayAsync(
            new() { Text = "x" }, [new("X-Team", "tills"), new("trace-bin", [0, 10, 255])], cancellationToken: Cancel);

        var seen = (await call).Metadata;
        seen["x-team"].ShouldBe("tills");
        seen["trace-bin"].ShouldBe("000AFF");
        (await call.ResponseHeadersAsync).GetValue("said").ShouldBe("at once");
        (await call.ResponseHeadersAsync).GetValueBytes("said-bin").ShouldBe([255, 0]);
        call.GetTrailers().GetValue("said").ShouldBe("in the end");
        call.GetTrailers().GetValueBytes("said-bin").ShouldBe([0, 1, 254, 255]);
    }

    [Fact]
    public async Task What_the_protocol_reserves_is_not_seen_as_metadata()
    {
        using var call = _client.SayAsync(new() { Text = "x" }, deadline: DateTime.UtcNow.AddMinutes(1), cancellationToken: Cancel);

        var seen = (await call).Metadata;

        string[] reserved = ["grpc-timeout", "grpc-encoding", "grpc-accept-encoding", "content-type", "te", "grpc-status"];
        seen.Keys.ShouldAllBe(key => !reserved.Contains(key) && !key.StartsWith(':'));
        call.GetTrailers().ShouldAllBe(entry => !reserved.Contains(entry.Key));
    }

    [Theory]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.Unauthenticated)]
    public async Task A_refusal_arrives_with_code_detail_and_trailers(StatusCode code)
    {
        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await _client.SayAsync(new() { Text = "nicht möglich: 100 %", FailWith = (int)code }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(code);
        refusal.Status.Detail.ShouldBe("nicht möglich: 100 %");
        refusal.Trailers.GetValue("reason").ShouldBe("ASKED_FOR");
        refusal.Trailers.GetValue("said").ShouldBe("in the end");
    }

    [Fact]
    public async Task A_bug_arrives_as_unknown_without_its_text()
    {
        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await _client.SayAsync(new() { Text = "x", ThrowUp = true }, cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.Unknown);
        refusal.Status.Detail.ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_method_that_is_not_there_is_unimplemented()
    {
        var marshaller = Marshallers.Create<SumRequest>(message => message.ToByteArray(), SumRequest.Parser.ParseFrom);
        var gone = new Method<SumRequest, SumRequest>(MethodType.Unary, "loyalty.interop.v1.Echo", "Gone", marshaller, marshaller);

        var refusal = await Should.ThrowAsync<RpcException>(async () =>
            await _channel.CreateCallInvoker().AsyncUnaryCall(gone, null, new CallOptions(cancellationToken: Cancel), new()));

        refusal.StatusCode.ShouldBe(StatusCode.Unimplemented);
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        await _client.SayAsync(new() { Text = "connect" }, cancellationToken: Cancel); // so that the next call reaches the server in time

        var refusal = await Should.ThrowAsync<RpcException>(async () => await _client.SayAsync(
            new() { Text = "late", Hang = true }, deadline: DateTime.UtcNow.AddSeconds(1), cancellationToken: Cancel));

        refusal.StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        await _server.Log.HasEnded("late");
    }

    [Fact]
    public async Task A_handler_knows_the_deadline()
    {
        var without = await _client.SayAsync(new() { Text = "x" }, cancellationToken: Cancel);
        var with = await _client.SayAsync(new() { Text = "x" }, deadline: DateTime.UtcNow.AddSeconds(60), cancellationToken: Cancel);

        without.DeadlineMs.ShouldBe(-1);
        with.DeadlineMs.ShouldBeInRange(30_000, 60_000);
    }

    [Fact]
    public async Task Cancelling_ends_the_call_on_both_sides()
    {
        using var cancel = new CancellationTokenSource();
        using var call = _client.SayAsync(new() { Text = "stop", Hang = true }, cancellationToken: cancel.Token);
        await _server.Log.HasBegun("stop");

        await cancel.CancelAsync();

        (await Should.ThrowAsync<RpcException>(async () => await call)).StatusCode.ShouldBe(StatusCode.Cancelled);
        await _server.Log.HasEnded("stop");
    }

    [Fact]
    public async Task Disposing_a_call_cancels_it()
    {
        var call = _client.SayAsync(new() { Text = "drop", Hang = true }, cancellationToken: Cancel);
        await _server.Log.HasBegun("drop");

        call.Dispose();

        (await Should.ThrowAsync<RpcException>(async () => await call)).StatusCode.ShouldBe(StatusCode.Cancelled);
        await _server.Log.HasEnded("drop");
    }

    [Fact]
    public async Task Interceptors_of_the_server_are_asked_in_order_and_the_services_own_last()
    {
        (await _client.SayAsync(new() { Text = "x" }, cancellationToken: Cancel)).Path.ShouldBe(["outer", "inner", "own"]);

        using var chat = _client.Chat(cancellationToken: Cancel);
        await chat.RequestStream.CompleteAsync();
        (await chat.ResponseStream.MoveNext(Cancel)).ShouldBeFalse();
        chat.GetTrailers().GetAll("signed-by").Select(entry => entry.Value).ShouldBe(["outer", "inner", "own"]);
    }

    [Fact]
    public async Task Interceptors_of_the_client_are_asked_in_order()
    {
        var client = new Echo.EchoClient(_channel.Intercept(new Naming("a"), new Naming("b")));

        (await client.SayAsync(new() { Text = "x" }, cancellationToken: Cancel)).Metadata["path"].ShouldBe("a, b");
    }

    [Fact]
    public async Task Many_calls_share_one_connection()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
            (await _client.SayAsync(new() { Text = $"{i}" }, cancellationToken: Cancel)).Text));

        answers.ShouldBe(Enumerable.Range(0, 200).Select(i => $"{i}"));
    }
}
