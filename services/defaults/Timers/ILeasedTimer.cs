namespace Loyalty.ServiceDefaults.Timers;

/// <summary>Work that comes back, done by one replica at a time.</summary>
public interface ILeasedTimer
{
    /// <summary>Unique within the service; names the lease.</summary>
    string Name { get; }

    /// <summary>Business time from one run to the next.</summary>
    TimeSpan Every { get; }

    /// <summary>
    /// One run. After a crash the same run comes again elsewhere, so it must be harmless to repeat. The token fires when the lease is
    /// lost or the host stops.
    /// </summary>
    /// <param name="now">Business time.</param>
    Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken);
}
