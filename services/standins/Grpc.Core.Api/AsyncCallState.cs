namespace Grpc.Core;

/// <summary>What the four kinds of call have in common: headers, status, trailers, an end. With a state object no closure is needed.</summary>
internal readonly struct AsyncCallState
{
    private readonly object? _state;
    private readonly object _headers; // Task<Metadata>, or a function of the state
    private readonly object _status;
    private readonly object _trailers;
    private readonly object _dispose;

    internal AsyncCallState(
        Func<object, Task<Metadata>> headers, Func<object, Status> status, Func<object, Metadata> trailers, Action<object> dispose, object state) =>
        (_headers, _status, _trailers, _dispose, _state) = (headers, status, trailers, dispose, state);

    internal AsyncCallState(Task<Metadata> headers, Func<Status> status, Func<Metadata> trailers, Action dispose) =>
        (_headers, _status, _trailers, _dispose, _state) = (headers, status, trailers, dispose, null);

    // A null state is a legal state, so the kind of the delegate decides and not the state; the state then goes through as it came.
    internal Task<Metadata> ResponseHeadersAsync() =>
        _headers is Func<object, Task<Metadata>> withState ? withState(_state!) : (Task<Metadata>)_headers;

    internal Status GetStatus() => _status is Func<object, Status> withState ? withState(_state!) : ((Func<Status>)_status)();

    internal Metadata GetTrailers() => _trailers is Func<object, Metadata> withState ? withState(_state!) : ((Func<Metadata>)_trailers)();

    internal void Dispose()
    {
        if (_dispose is Action<object> withState)
            withState(_state!);
        else
            ((Action)_dispose)();
    }
}
