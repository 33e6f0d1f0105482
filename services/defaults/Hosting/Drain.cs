using Microsoft.Extensions.Hosting;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>The end, in order: ready goes off, callers get <see cref="HostOptions.DrainDelay"/> to look elsewhere, then Kestrel takes no more and waits for what runs.</summary>
internal sealed class Drain : IHostedLifecycleService, IDisposable
{
    private readonly HostOptions options;
    private readonly CancellationTokenSource begun = new();
    private readonly CancellationTokenRegistration signalled;

    public Drain(HostOptions options, IHostApplicationLifetime lifetime)
    {
        this.options = options;
        signalled = lifetime.ApplicationStopping.Register(begun.Cancel);
    }

    /// <summary>Cancelled when the end has begun: endless streams say goodbye, ready is off.</summary>
    public CancellationToken Begun => begun.Token;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await begun.CancelAsync(); // a signal has done so already; who stops the host by hand has not
        if (options.DrainDelay > TimeSpan.Zero)
            await Task.Delay(options.DrainDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        signalled.Dispose();
        begun.Dispose();
    }
}
