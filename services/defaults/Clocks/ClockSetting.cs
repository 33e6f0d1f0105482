using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.ServiceDefaults.Clocks;

/// <summary><c>Clock__File</c>: business time for tests over several processes; never where strangers could be served by it.</summary>
internal static class ClockSetting
{
    private const string Key = "Clock:File";

    public static TimeProvider Open(SettingReader reader, bool everythingOnLoopback)
    {
        if (reader.Text(Key) is not { } path)
            return TimeProvider.System;
        if (!everythingOnLoopback)
        {
            reader.Fault(Key, "is for tests on one machine: it needs Listen__Grpc, Listen__Http and every Services__* on loopback");
            return TimeProvider.System;
        }

        try
        {
            return FileClock.Open(path);
        }
        catch (InvalidDataException why)
        {
            reader.Fault(Key, why.Message);
            return TimeProvider.System;
        }
    }
}
