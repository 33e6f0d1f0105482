using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Timers;

/// <summary>The settings <c>Timers__*</c>, in real time.</summary>
public sealed class TimerOptions
{
    /// <summary>How long a timer's owner may be silent before another replica takes over; 500 ms to 5 min.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Reads the section <c>Timers</c>.</summary>
    /// <exception cref="SettingFault">A value is out of its range or none at all.</exception>
    public static TimerOptions From(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        var options = new TimerOptions
        {
            Lease = reader.Span("Timers:Lease", new TimerOptions().Lease, TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(5)),
        };
        reader.ThrowIfAny();
        return options;
    }
}
