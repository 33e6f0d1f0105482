using System.Diagnostics;
using Loyalty.Communications.Domain;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>The steps between which a process may die or stall. In earnest nothing happens at them; fault tests stop there.</summary>
internal sealed class Checkpoints
{
    /// <summary>The claim is committed, nothing is loaded yet.</summary>
    public const string AfterCommit = "after_commit";

    /// <summary>The mails are made, HANDED is not written.</summary>
    public const string BeforeHanded = "before_handed";

    /// <summary>HANDED is committed, no octet has left.</summary>
    public const string AfterHanded = "after_handed";

    /// <summary>The provider has answered, the outcome is not written.</summary>
    public const string AfterDot = "after_dot";

    /// <summary>The outcome is committed.</summary>
    public const string AfterOutcome = "after_outcome";

    public static readonly IReadOnlyList<string> All = [AfterCommit, BeforeHanded, AfterHanded, AfterDot, AfterOutcome];

    /// <summary>What a test does at a step.</summary>
    public Func<string, CancellationToken, Task>? OnReached { get; set; }

    public Task ReachedAsync(string step, CancellationToken cancellationToken) => OnReached?.Invoke(step, cancellationToken) ?? Task.CompletedTask;

    /// <summary>From <c>Communication__StopAt</c>: "after_commit" kills this process there, "after_commit:stall" holds it there for ever, and so does "after_commit:stall=00:01:00" for a minute of real time.</summary>
    public static Checkpoints From(CommunicationOptions options)
    {
        if (options.StopAt.Length == 0)
            return new Checkpoints();
        var (step, what) = Parse(options.StopAt) ?? throw new InvalidOperationException("StopAt was checked at start");
        return new Checkpoints
        {
            OnReached = async (reached, cancellationToken) =>
            {
                if (!string.Equals(reached, step, StringComparison.Ordinal))
                    return;
                if (what is { } stall)
                    await Task.Delay(stall, cancellationToken);
                else
                    Process.GetCurrentProcess().Kill(); // SIGKILL: nothing is flushed, nothing is closed
            },
        };
    }

    /// <summary>The step, and for how long to stall there (none: kill); null for what is neither.</summary>
    public static (string Step, TimeSpan? Stall)? Parse(string stopAt)
    {
        var parts = stopAt.Split(':', 2);
        if (!All.Contains(parts[0], StringComparer.Ordinal))
            return null;
        return parts switch
        {
            [var step] => (step, null),
            [var step, "stall"] => (step, Timeout.InfiniteTimeSpan),
            [var step, var stall] when stall.StartsWith("stall=", StringComparison.Ordinal)
                && TimeSpan.TryParseExact(stall[6..], "c", System.Globalization.CultureInfo.InvariantCulture, out var span) => (step, span),
            _ => null,
        };
    }
}
