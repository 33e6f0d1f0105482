namespace Loyalty.ServiceDefaults.Storage;

/// <summary>Instants as they are stored: whole microseconds since 1970-01-01T00:00Z.</summary>
public static class Instant
{
    /// <summary>Microseconds since 1970, rounded down.</summary>
    public static long Of(DateTimeOffset instant) => (instant.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset From(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The same instant in UTC without what a database cannot keep.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset instant) => From(Of(instant));
}
