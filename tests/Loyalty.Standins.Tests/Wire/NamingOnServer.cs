using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Loyalty.Standins.Tests.Wire;

/// <summary>Leaves its name in the call's user state, for unary and streaming calls.</summary>
public abstract class NamingOnServer(string name) : Interceptor
{
    internal static readonly object Key = new();

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        Sign(context);
        return continuation(request, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        Sign(context);
        context.ResponseTrailers.Add("signed-by", name);
        return continuation(requestStream, responseStream, context);
    }

    private void Sign(ServerCallContext context)
    {
        if (!context.UserState.TryGetValue(Key, out var path))
            context.UserState[Key] = path = new List<string>();
        ((List<string>)path).Add(name);
    }
}

public sealed class OuterInterceptor() : NamingOnServer("outer");

public sealed class InnerInterceptor() : NamingOnServer("inner");

public sealed class OwnInterceptor() : NamingOnServer("own");
