namespace Loyalty.Communications.Throttling;

/// <summary>A sum that halves every half-life: worth <c>x</c> at <c>t0</c>. The empty sum is all zero.</summary>
internal readonly record struct DecayedSum(double Value, long At)
{
    public double Read(long at, long halfLife) => Value == 0 ? 0 : Value * Decay(at - At, halfLife);

    /// <summary>Adds (or takes away) something that happened at an instant; never falls below zero.</summary>
    public DecayedSum Add(double amount, long at, long halfLife)
    {
        var until = Math.Max(At, at);
        var value = Read(until, halfLife) + amount * Decay(until - at, halfLife);
        return new DecayedSum(Math.Max(0, value), until);
    }

    /// <summary>What is left of 1 after a span; a negative span grows.</summary>
    public static double Decay(long span, long halfLife) => span == 0 ? 1 : double.Exp2(-(double)span / halfLife);
}
