namespace Loyalty.Communications.Domain;

/// <summary>Growing pauses between deliveries of one mailing, with jitter so that a provider's return does not meet all at once.</summary>
internal static class Backoff
{
    /// <param name="tries">Deliveries that were tried; 1 after the first.</param>
    /// <param name="first">After the first try.</param>
    /// <param name="longest">Never more than this, jitter included.</param>
    /// <param name="jitter">0 to 1.</param>
    public static TimeSpan Of(int tries, TimeSpan first, TimeSpan longest, double jitter)
    {
        var doubled = first * Math.Pow(2, Math.Clamp(tries - 1, 0, 20)) * (0.75 + jitter / 4);
        return doubled < longest ? doubled : longest;
    }
}
