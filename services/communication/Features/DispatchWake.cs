namespace Loyalty.Communications.Features;

/// <summary>Wakes the dispatchers of this process when somebody has become due; those elsewhere ask the due list by themselves.</summary>
internal sealed class DispatchWake : IDisposable
{
    private readonly SemaphoreSlim bell = new(0, 1);

    public void Set()
    {
        if (bell.CurrentCount > 0)
            return;
        try
        {
            bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // Rung twice at once: once is enough.
        }
    }

    /// <summary>Waits to be woken, at most so long in real time.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => bell.WaitAsync(atMost, cancellationToken);

    public void Dispose() => bell.Dispose();
}
