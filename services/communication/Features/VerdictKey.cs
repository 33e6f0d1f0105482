using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>Tells whether a deferral says anything new: the same one is not stored at each look.</summary>
internal static class VerdictKey
{
    /// <summary>Never 0, which means that none is stored.</summary>
    public static long Of(in Decision decision)
    {
        var hash = 14695981039346656037UL; // FNV-1a over whole words
        Mix(ref hash, (ulong)decision.Kind | (ulong)decision.WaitsFor << 8 | (ulong)decision.Place << 16 | (ulong)decision.Ahead << 24);
        Mix(ref hash, (ulong)decision.EarliestAt);
        Mix(ref hash, (ulong)decision.ReleaseAt);
        foreach (ref readonly var verdict in decision.Verdicts)
            Mix(ref hash, (ulong)verdict.Rule | (ulong)verdict.Outcome << 8 | (ulong)verdict.Detail << 16);
        return hash == 0 ? 1 : (long)hash;
    }

    private static void Mix(ref ulong hash, ulong word) => hash = (hash ^ word) * 1099511628211UL;
}
