using Grpc.Core;
using Grpc.Core.Interceptors;
using Loyalty.ServiceDefaults.Clocks;
using Microsoft.Extensions.Logging;

namespace Loyalty.ServiceDefaults.Refusals;

/// <summary>
/// The one place where a refusal becomes a status, and (<see cref="RefusalClientInterceptor"/>) a status of another service becomes a refusal.
/// Anything else that a handler throws is a bug: logged here, once, and told as INTERNAL without a word of why.
/// </summary>
internal sealed partial class RefusalInterceptor(ILogger<RefusalInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception why) when (why is not RpcException)
        {
            throw Told(why, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception why) when (why is not RpcException)
        {
            throw Told(why, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception why) when (why is not RpcException)
        {
            throw Told(why, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception why) when (why is not RpcException)
        {
            throw Told(why, context);
        }
    }

    private RpcException Told(Exception why, ServerCallContext context)
    {
        switch (why)
        {
            case Refusal refusal:
                return new RpcException(
                    new Status(RefusalStatus.CodeOf(refusal.Kind), refusal.Message),
                    new Metadata { { RefusalStatus.Trailer, RefusalStatus.Write(refusal) } });
            case not null when context.CancellationToken.IsCancellationRequested:
                // Whatever broke, broke because the caller is gone: there is nobody to tell and nothing to mend.
                return context.Deadline <= RealTime.Clock.GetUtcNow().UtcDateTime
                    ? new RpcException(new Status(StatusCode.DeadlineExceeded, "The deadline has passed."))
                    : new RpcException(new Status(StatusCode.Cancelled, "The caller has cancelled."));
            default:
                LogBug(why, context.Method);
                return new RpcException(new Status(StatusCode.Internal, "Something went wrong on our side."));
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} failed")]
    private partial void LogBug(Exception? why, string method);
}

/// <summary>
/// Towards another service: a call without a deadline is a bug, and its "no" comes back as the same <see cref="Refusal"/>.
/// What is not a refusal of the suite (away, too late, broken) becomes UNAVAILABLE with <c>{SERVICE}_SERVICE_AWAY</c>, which may be tried again.
/// </summary>
internal sealed class RefusalClientInterceptor(string service) : Interceptor
{
    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        RequireDeadline(context.Method, context.Options);
        var call = continuation(request, context);
        return new AsyncUnaryCall<TResponse>(Heard(call.ResponseAsync, context.Options), _ => Heard(call.ResponseHeadersAsync, context.Options), _ => call.GetStatus(), _ => call.GetTrailers(), _ => call.Dispose(), this);
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
        throw new InvalidOperationException($"{context.Method.FullName} must be called with its Async form: a blocking call holds a thread.");

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireDeadline(context.Method, context.Options);
        var call = continuation(request, context);
        return new AsyncServerStreamingCall<TResponse>(new Reader<TResponse>(this, call.ResponseStream, context.Options), _ => Heard(call.ResponseHeadersAsync, context.Options), _ => call.GetStatus(), _ => call.GetTrailers(), _ => call.Dispose(), this);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context, AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireDeadline(context.Method, context.Options);
        var call = continuation(context);
        return new AsyncClientStreamingCall<TRequest, TResponse>(new Writer<TRequest>(this, call.RequestStream, context.Options), Heard(call.ResponseAsync, context.Options), _ => Heard(call.ResponseHeadersAsync, context.Options), _ => call.GetStatus(), _ => call.GetTrailers(), _ => call.Dispose(), this);
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context, AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        RequireDeadline(context.Method, context.Options);
        var call = continuation(context);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(new Writer<TRequest>(this, call.RequestStream, context.Options), new Reader<TResponse>(this, call.ResponseStream, context.Options), _ => Heard(call.ResponseHeadersAsync, context.Options), _ => call.GetStatus(), _ => call.GetTrailers(), _ => call.Dispose(), this);
    }

    private static void RequireDeadline(IMethod method, CallOptions options)
    {
        if (options.Deadline is null)
            throw new InvalidOperationException($"{method.FullName} was called without a deadline.");
        if (options.Deadline == DateTime.MaxValue && method.Type == MethodType.Unary)
            throw new InvalidOperationException($"{method.FullName} is no stream: only watch, import and export streams may go on without a deadline.");
    }

    private async Task<T> Heard<T>(Task<T> answer, CallOptions options)
    {
        try
        {
            return await answer;
        }
        catch (RpcException status)
        {
            throw Heard(status, options);
        }
    }

    private Exception Heard(RpcException status, CallOptions options)
    {
        if (options.CancellationToken.IsCancellationRequested)
            return new OperationCanceledException("The call was cancelled.", status, options.CancellationToken);

        // Our own token being refused is our fault, not that of the one who called us.
        var ours = status.StatusCode is StatusCode.Unauthenticated or StatusCode.PermissionDenied;
        return (ours ? null : RefusalStatus.Read(status.Trailers.GetValueBytes(RefusalStatus.Trailer)))
            ?? new Refusal(RefusalKind.Unavailable, $"{service.ToUpperInvariant()}_SERVICE_AWAY", $"The {service} service did not answer: {status.StatusCode}.");
    }

    private sealed class Reader<T>(RefusalClientInterceptor owner, IAsyncStreamReader<T> inner, CallOptions options) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public Task<bool> MoveNext(CancellationToken cancellationToken) => owner.Heard(inner.MoveNext(cancellationToken), options);
    }

    private sealed class Writer<T>(RefusalClientInterceptor owner, IClientStreamWriter<T> inner, CallOptions options) : IClientStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, options.CancellationToken);

        public Task WriteAsync(T message, CancellationToken cancellationToken) => Heard(inner.WriteAsync(message, cancellationToken));

        public Task CompleteAsync() => Heard(inner.CompleteAsync());

        private async Task Heard(Task written)
        {
            try
            {
                await written;
            }
            catch (RpcException status)
            {
                throw owner.Heard(status, options);
            }
        }
    }
}
