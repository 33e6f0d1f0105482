using Grpc.Core;

namespace Loyalty.Standins.Tests.Contract;

/// <summary>A transport that goes nowhere: it notes what reached it and answers with nothing.</summary>
internal sealed class RecordingInvoker : CallInvoker
{
    public List<(string Kind, string? Host, CallOptions Options)> Calls { get; } = [];

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Calls.Add(("blocking", host, options));
        return (TResponse)(object)request; // echoes: the tests use one message type
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Calls.Add(("unary", host, options));
        return new(Task.FromResult((TResponse)(object)request), NoHeaders(), () => default, () => [], () => { });
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        Calls.Add(("server", host, options));
        return new(null!, NoHeaders(), () => default, () => [], () => { }); // nobody reads it
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Calls.Add(("client", host, options));
        return new(null!, Task.FromResult<TResponse>(null!), NoHeaders(), () => default, () => [], () => { }); // nobody reads it
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Calls.Add(("duplex", host, options));
        return new(null!, null!, NoHeaders(), () => default, () => [], () => { }); // nobody reads it
    }

    private static Task<Metadata> NoHeaders() => Task.FromResult(new Metadata());
}
