namespace Grpc.Core;

/// <summary>The way to a server, whatever carries it.</summary>
public abstract class ChannelBase
{
    protected ChannelBase(string target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
    }

    public string Target { get; }

    public abstract CallInvoker CreateCallInvoker();

    /// <summary>Ends the channel; no call may be started after it.</summary>
    public Task ShutdownAsync() => ShutdownAsyncCore();

    /// <summary>What ending means to this kind of channel; nothing unless overridden.</summary>
    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
