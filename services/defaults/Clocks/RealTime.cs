namespace Loyalty.ServiceDefaults.Clocks;

/// <summary>The machine's own clock, for leases, deadlines and retries. Business time is the <see cref="TimeProvider"/> in DI.</summary>
public static class RealTime
{
    public static TimeProvider Clock => TimeProvider.System;
}
