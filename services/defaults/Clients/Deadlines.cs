using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.ServiceDefaults.Clients;

/// <summary>Deadlines of outgoing calls, in real time. A call without one is refused before it leaves.</summary>
public static class Deadlines
{
    /// <summary>Said on purpose, by watch, import and export streams only.</summary>
    public static DateTime None => DateTime.MaxValue;

    /// <summary>This long from now.</summary>
    public static DateTime In(TimeSpan span) => RealTime.Clock.GetUtcNow().UtcDateTime + span;
}
