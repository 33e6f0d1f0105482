using Loyalty.Communications.Throttling;
using NodaTime;

namespace Loyalty.Communications.Tests.Throttling;

/// <summary>The rules once more, written as plainly as the specification reads and as slow as that is; shares nothing with the gate but its types.</summary>
internal sealed class Oracle(Profile profile, Policy policy, IReadOnlyList<Send> sends)
{
    private const long Minute = 60_000_000;
    private const long Hour = 60 * Minute;

    private readonly DateTimeZone _zone = DateTimeZoneProviders.Tzdb[profile.Place.Zone!]; // these tests give everybody a zone

    /// <summary>Whether every rule lets a mailing go, with sends planned besides the ledger; yields apart.</summary>
    public bool Passes(Mailing mailing, long at, IEnumerable<Send> planned)
    {
        if (at < mailing.NotBefore || at < mailing.BackoffUntil)
            return false;
        var known = sends.Concat(planned).Where(send => send.At <= at).ToList();
        if (mailing.Class == MailingClass.Transactional)
            return Within(known, at, 24, send => send.Class == MailingClass.Transactional) < 30;
        if (Within(known, at, 24, send => send.Class != MailingClass.Transactional) >= 9)
            return false;
        if (mailing.Class == MailingClass.Service)
            return mailing.Urgent || IsAwake(at);
        if (at < profile.PausedUntil)
            return false;
        if (Within(known, at, 4, send => send.Class != MailingClass.Transactional) > 0)
            return false;
        if (mailing.Class == MailingClass.Promotion && !CapsPass(mailing, at, known))
            return false;
        return IsAwake(at);
    }

    /// <summary>Passes, and breaks nothing that is planned ahead: neither where it is promised to pass nor where it is to go.</summary>
    public bool PassesInLine(Mailing mailing, long at, IReadOnlyList<(Mailing Mailing, long EarliestAt, long At)> ahead)
    {
        if (!Passes(mailing, at, ahead.Select(planned => Send.Of(planned.Mailing, planned.At))))
            return false;
        if (mailing.Class is not (MailingClass.Relationship or MailingClass.Promotion))
            return true;
        foreach (var planned in ahead.Where(planned => planned.At > at))
        {
            var others = ahead.Where(other => other.Mailing.Id != planned.Mailing.Id)
                .Select(other => Send.Of(other.Mailing, other.At))
                .Append(Send.Of(mailing, at))
                .ToList();
            if (!Passes(planned.Mailing, planned.At, others))
                return false;
            if (planned.EarliestAt > at && !Passes(planned.Mailing, planned.EarliestAt, others))
                return false;
        }

        return true;
    }

    /// <summary>Awake by the wall clock, and still awake when the margin is over.</summary>
    public bool IsAwake(long at) => Clock(at) && Clock(at + Minute);

    private bool Clock(long at)
    {
        var window = profile.Place.Awake ?? policy.Awake;
        var local = Some.ToInstant(at).InZone(_zone).TimeOfDay;
        var minute = local.Hour * 60 + local.Minute;
        return window.Opens < window.Closes
            ? minute >= window.Opens && minute < window.Closes
            : minute >= window.Opens || minute < window.Closes;
    }

    private bool CapsPass(Mailing mailing, long at, List<Send> known)
    {
        if (Within(known, at, 20, send => send.Class == MailingClass.Promotion) > 0)
            return false;
        var divisor = profile.Wish switch { FrequencyWish.Less => 2, FrequencyWish.Rarely => 4, _ => 1 };
        return Within(known, at, 7 * 24, send => send.Class == MailingClass.Promotion) < Math.Max(1, 3 / divisor)
            && Within(known, at, 30 * 24, send => send.Class == MailingClass.Promotion) < Math.Max(1, 7 / divisor)
            && (mailing.Channel != Channel.Sms
                || Within(known, at, 7 * 24, send => send.Class == MailingClass.Promotion && send.Channel == Channel.Sms) < 1);
    }

    private static int Within(List<Send> known, long at, int hours, Func<Send, bool> counts) =>
        known.Count(send => counts(send) && send.At > at - hours * Hour - Minute);
}
