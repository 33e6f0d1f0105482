using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>The settings <c>Timers__*</c>, in real time.</summary>
public sealed class TimerOptions
{
    /// <summary>How long a timer's owner may be silent before another replica takes over; 500 ms to 5 min.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reads the section <c>Timers</c>.</summary>
    /// <exception cref="InvalidOperationException">A value is out of its range; the message names the setting.</exception>
    public static TimerOptions From(IConfiguration configuration)
    {
        var options = configuration.GetSection("Timers").Get<TimerOptions>() ?? new TimerOptions();
        return options.Lease >= TimeSpan.FromMilliseconds(500) && options.Lease <= TimeSpan.FromMinutes(5)
            ? options
            : throw new InvalidOperationException("Timers__Lease must lie between 500 ms and 5 min");
    }
}
