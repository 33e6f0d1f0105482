using System.Diagnostics;

namespace Loyalty.TestKit;

// One server, in the foreground and by handle: launched, watched until it answers, stopped politely or killed, launched again.
internal sealed class ServerProcess(string name, Func<ChildProcess> launch, Func<CancellationToken, Task<bool>> answers, Signal politely) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90); // RabbitMQ on two busy cores
    private ChildProcess? child;

    public int? ProcessId => child is { HasExited: false } running ? running.Id : null;

    public async Task StartAsync(CancellationToken cancellation)
    {
        if (ProcessId is not null) throw new InvalidOperationException($"{name} runs already.");
        var start = Stopwatch.GetTimestamp();
        var log = "";
        // What a killed server leaves behind (a port, shared memory) may need a moment to go: a few launches may fail.
        for (var launches = 1; launches <= 10; launches++)
        {
            if (child is not null) await child.DisposeAsync();
            child = launch();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
            while (await timer.WaitForNextTickAsync(cancellation) && !child.HasExited)
            {
                if (await AnswersAsync(cancellation)) return;
                if (Stopwatch.GetElapsedTime(start) <= Patience) continue;
                var output = child.Output;
                await child.DisposeAsync();
                throw new TimeoutException($"{name} did not answer within {Patience}. Its log:\n{output}");
            }

            await child.WaitForExitAsync(cancellation: cancellation);
            log = child.Output;
            for (var pause = 0; pause < 8; pause++) await timer.WaitForNextTickAsync(cancellation);
        }

        throw new InvalidOperationException($"{name} ended at every start, last with {child?.ExitCode}. Its log:\n{log}");
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (child is null) return;
        child.Send(politely);
        await child.WaitForExitAsync(TimeSpan.FromSeconds(60), cancellation);
    }

    public Task KillAsync() => child?.KillAsync() ?? Task.CompletedTask;

    public void Stall() => child?.Stall();

    public void Resume() => child?.Resume();

    public async ValueTask DisposeAsync()
    {
        if (child is not null) await child.DisposeAsync();
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            return await answers(limit.Token);
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
