using Loyalty.Communications.Domain;
using Loyalty.ServiceDefaults.Clocks;

namespace Loyalty.Communications.Features;

/// <summary>This replica's share of the rate (GCRA, real time); no limit where none is set.</summary>
internal sealed class MailRateInProcess(CommunicationOptions options) : IMailRate
{
    private readonly Lock gate = new();
    private readonly long interval = options.MailsPerSecond is { } rate ? (long)(TimeSpan.TicksPerSecond * options.Replicas / rate) : 0;
    private readonly int burst = BurstOf(options.MailsPerSecond / options.Replicas);
    private long theoretical;

    /// <summary>A second's worth may leave at once, and at least one.</summary>
    public static int BurstOf(double? perSecond) => (int)Math.Max(1, Math.Ceiling(perSecond ?? 1));

    public ValueTask<(int Granted, TimeSpan NextIn)> TakeAsync(int wanted)
    {
        if (interval == 0)
            return new((wanted, TimeSpan.Zero));
        lock (gate)
        {
            var now = RealTime.Clock.GetUtcNow().UtcTicks;
            var from = Math.Max(theoretical, now);
            var granted = (int)Math.Clamp((now + burst * interval - from) / interval, 0, wanted);
            theoretical = from + granted * interval;
            return new((granted, granted == wanted ? TimeSpan.Zero : TimeSpan.FromTicks(theoretical + interval - burst * interval - now)));
        }
    }

    public void GiveBack(int unused)
    {
        lock (gate)
            theoretical -= unused * interval;
    }
}
