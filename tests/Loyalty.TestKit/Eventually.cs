using System.Globalization;
using System.Runtime.CompilerServices;
using Shouldly;

namespace Loyalty.TestKit;

/// <summary>Waits on a condition with a deadline in real time, and fails with what was seen last.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Observes every 20 ms until the condition holds and returns that observation; an exception while observing counts as "not yet". Fails after 15 s unless told otherwise.</summary>
    [OverloadResolutionPriority(1)]
    public static async Task<T> ReachesAsync<T>(
        Func<Task<T>> observe, Func<T, bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expected = "")
    {
        ArgumentNullException.ThrowIfNull(observe);
        ArgumentNullException.ThrowIfNull(condition);
        var patience = within ?? Patience;
        using var deadline = new CancellationTokenSource(patience);
        var last = "nothing yet: the first observation did not return";
        using var timer = new PeriodicTimer(Pause);
        do
        {
            try
            {
                // WaitAsync: an observation that hangs must not outlive the deadline.
                var seen = await observe().WaitAsync(deadline.Token);
                last = Show(seen);
                if (condition(seen)) return seen;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                last = e.ToString();
            }
        }
        while (await timer.WaitForNextTickAsync() && !deadline.IsCancellationRequested);

        throw new ShouldAssertException(string.Create(CultureInfo.InvariantCulture, $"Not reached within {patience.TotalSeconds:0.###} s: {expected}\nLast observed: {last}"));
    }

    /// <summary>As the other overload, for an observation that does not wait.</summary>
    public static Task<T> ReachesAsync<T>(
        Func<T> observe, Func<T, bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        ReachesAsync(() => Task.FromResult(observe()), condition, within, expected);

    /// <summary>Waits until a condition is true.</summary>
    public static Task TrueAsync(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        ReachesAsync(condition, held => held, within, expected);

    /// <summary>Waits until a condition is true.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string expected = "") =>
        ReachesAsync(condition, held => held, within, expected);

    /// <summary>Repeats assertions until they pass; fails with what the last try failed with.</summary>
    public static Task PassesAsync(Func<Task> assertions, TimeSpan? within = null, [CallerArgumentExpression(nameof(assertions))] string expected = "") =>
        ReachesAsync(
            async () =>
            {
                await assertions();
                return true;
            },
            _ => true, within, expected);

    private static string Show<T>(T seen) => seen switch
    {
        null => "null",
        string text => text,
        System.Collections.IEnumerable many => $"[{string.Join(", ", many.Cast<object?>().Take(50))}]",
        _ => seen.ToString() ?? "null",
    };
}
