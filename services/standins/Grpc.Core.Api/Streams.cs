namespace Grpc.Core;

/// <summary>The messages that come in on a call, one at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> read; undefined before the first and after the end.</summary>
    T Current { get; }

    /// <summary>Reads the next message; false at the end. One read may be pending at a time.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>The messages that go out on a call, one at a time.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>Options for the messages that follow; null means the call's.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes one message. One write may be pending at a time.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes one message until cancelled; a writer that cannot be cancelled throws <see cref="NotSupportedException"/> for a live token.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException("Cancellation of stream writes is not supported by this gRPC implementation.")
            : WriteAsync(message);
}

/// <summary>The client's outgoing messages, with an end.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Says that no more messages follow.</summary>
    Task CompleteAsync();
}

/// <summary>The server's outgoing messages; they end when the handler returns.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>;
