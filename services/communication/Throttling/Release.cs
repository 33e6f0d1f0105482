using System.Buffers.Binary;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// When a mailing is meant to go: its earliest instant plus a spread, so that a night's deferrals do not all leave at nine o'clock.
/// </summary>
internal static class Release
{
    /// <summary>
    /// What passes at once and was not promised a release goes at once. A release that an earlier visit named is kept while it lies within
    /// the spread, or each visit would push it away from itself. Where the mailing would not pass at the release, it goes at its earliest.
    /// </summary>
    public static long Of(in Question question, long earliest)
    {
        var release = Wanted(question, earliest);
        return release == earliest || Rules.Next(question, release) == release ? release : earliest;
    }

    private static long Wanted(in Question question, long earliest)
    {
        var mailing = question.Mailing;
        if (mailing.Class == MailingClass.Transactional || mailing.Urgent)
            return earliest;
        if (mailing.ReleaseAt >= earliest && mailing.ReleaseAt - earliest < Gate.MostSpread && mailing.ReleaseAt < mailing.ExpiresAt)
            return mailing.ReleaseAt;
        if (earliest == question.Visit.Now)
            return earliest;
        var rest = Math.Min(Gate.MostSpread, mailing.ExpiresAt - earliest);
        var awake = Rules.At(Rule.QuietHours, question, earliest);
        if (awake.Detail != Detail.None)
            rest = Math.Min(rest, awake.Since - Instants.Margin - earliest);
        var seconds = (ulong)(rest / Instants.Second);
        return seconds == 0 ? earliest : earliest + (long)(Hash(mailing.Id) % seconds) * Instants.Second;
    }

    /// <summary>The same in every process, unlike <see cref="Guid.GetHashCode"/>: the finaliser of MurmurHash3 over both halves.</summary>
    private static ulong Hash(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        var hash = BinaryPrimitives.ReadUInt64BigEndian(bytes) * 0x9E3779B97F4A7C15 ^ BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
        return hash ^ hash >> 33;
    }
}
