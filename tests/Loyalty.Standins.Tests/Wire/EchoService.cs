using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Standins.Tests.Wire;

/// <summary>Does what echo.proto says, and notes what a caller cannot see.</summary>
public sealed class EchoService(EchoLog log) : Echo.EchoBase
{
    public override async Task<SayResponse> Say(SayRequest request, ServerCallContext context)
    {
        log.Called(request.Text);
        if (request.Hang)
            await HangAsync(request.Text, context);
        if (request.ThrowUp)
            throw new InvalidDataException("secret of the house");
        if (log.CallsOf(request.Text) <= request.FailFirst)
            throw new RpcException(new Status(StatusCode.Unavailable, "not yet"));
        context.ResponseTrailers.Add("said", "in the end");
        context.ResponseTrailers.Add("said-bin", [0, 1, 254, 255]);
        if (request.FailWith != 0)
            throw new RpcException(new Status((StatusCode)request.FailWith, request.Text), [new("reason", "ASKED_FOR")]);

        await context.WriteResponseHeadersAsync([new("said", "at once"), new("said-bin", [255, 0])]);
        return Answer(request, context);
    }

    public override async Task Count(CountRequest request, IServerStreamWriter<CountResponse> responseStream, ServerCallContext context)
    {
        for (var number = 1; number <= request.Upto; number++)
            await responseStream.WriteAsync(new() { Number = number }, context.CancellationToken);
    }

    public override async Task<SumResponse> Sum(IAsyncStreamReader<SumRequest> requestStream, ServerCallContext context)
    {
        var answer = new SumResponse();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            answer.Sum += request.Term;
            answer.Terms++;
        }

        return answer;
    }

    public override async Task Chat(IAsyncStreamReader<ChatRequest> requestStream, IServerStreamWriter<ChatResponse> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            await responseStream.WriteAsync(new() { Text = $"you said {request.Text}" }, context.CancellationToken);
        context.ResponseTrailers.Add("said", "goodbye");
    }

    private async Task HangAsync(string text, ServerCallContext context)
    {
        log.Began(text);
        try
        {
            await new TaskCompletionSource().Task.WaitAsync(context.CancellationToken);
        }
        finally
        {
            log.Ended(text);
        }
    }

    private static SayResponse Answer(SayRequest request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var answer = new SayResponse
        {
            Text = request.Text,
            Port = http.Connection.LocalPort,
            RequestEncoding = http.Request.Headers["grpc-encoding"].ToString(),
            DeadlineMs = context.Deadline == DateTime.MaxValue ? -1 : (long)(context.Deadline - DateTime.UtcNow).TotalMilliseconds,
        };
        foreach (var entry in context.RequestHeaders)
            answer.Metadata[entry.Key] = entry.IsBinary ? Convert.ToHexString(entry.ValueBytes) : entry.Value;
        if (context.UserState.TryGetValue(NamingOnServer.Key, out var path))
            answer.Path.AddRange((List<string>)path);
        return answer;
    }
}

/// <summary>What happened at the servers of a test, by the text of the call.</summary>
public sealed class EchoLog
{
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ended = new(StringComparer.Ordinal);

    public int CallsOf(string text) => _calls.GetValueOrDefault(text);

    /// <summary>Done when a hanging call has begun.</summary>
    public Task HasBegun(string text) => Of(_begun, text).Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    /// <summary>Done when a hanging call was cancelled at the server.</summary>
    public Task HasEnded(string text) => Of(_ended, text).Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    internal void Called(string text) => _calls.AddOrUpdate(text, 1, (_, calls) => calls + 1);

    internal void Began(string text) => Of(_begun, text).TrySetResult();

    internal void Ended(string text) => Of(_ended, text).TrySetResult();

    private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> sources, string text) =>
        sources.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
