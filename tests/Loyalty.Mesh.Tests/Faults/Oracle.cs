using Loyalty.Communications.V1;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>A mailing that the gate has accepted.</summary>
internal sealed record Accepted(string MailingId, string Person, MailingClass Class, DateTimeOffset ExpiresAt);

/// <summary>A mail that really arrived; the instant is business time.</summary>
internal sealed record Reception(string Person, string MessageId, DateTimeOffset At)
{
    public string MailingId => MessageId.TrimStart('<').Split('@')[0];
}

/// <summary>
/// Judges what really arrived, knowing nothing of how the gate works: only the promises in the product's words, and the default policy. People live
/// in Warsaw and are awake from 09:00 to 21:00.
/// </summary>
internal sealed class Oracle
{
    private static readonly TimeSpan Gap = TimeSpan.FromHours(20);
    private static readonly (int Most, TimeSpan Window)[] Caps = [(3, TimeSpan.FromDays(7)), (7, TimeSpan.FromDays(30))];
    private static readonly TimeZoneInfo Warsaw = TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw");

    private readonly Dictionary<string, Accepted> _accepted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _withdrawn = new(StringComparer.Ordinal);

    public IReadOnlyCollection<Accepted> All => _accepted.Values;

    public void Accept(Accepted mailing) => _accepted[mailing.MailingId] = mailing;

    /// <param name="person">Whose withdrawal from marketing communication has committed, with nothing of hers handed over.</param>
    /// <param name="receivedBefore">How many mails had arrived by then, at everybody's.</param>
    public void Withdraw(string person, int receivedBefore) => _withdrawn.TryAdd(person, receivedBefore);

    /// <summary>Everything that a promise forbids; empty when all of them held.</summary>
    /// <param name="received">All that arrived, in order; what nobody here asked for belongs to somebody else.</param>
    /// <param name="states">Of every accepted mailing that is known to the gate.</param>
    public IReadOnlyList<string> Faults(IReadOnlyList<Reception> received, IReadOnlyDictionary<string, MailingState> states)
    {
        var faults = new List<string>();
        var mine = received.Index().Where(mail => _accepted.ContainsKey(mail.Item.MailingId)).ToList();
        var people = _accepted.Values.Select(mailing => mailing.Person).ToHashSet(StringComparer.Ordinal);
        faults.AddRange(received.Where(mail => people.Contains(mail.Person) && !_accepted.ContainsKey(mail.MailingId)).Select(mail => $"{mail}: nobody asked for it"));
        foreach (var (index, mail) in mine)
            faults.AddRange(FaultsOf(mail, index, _accepted[mail.MailingId]));
        foreach (var person in mine.Select(mail => mail.Item).Where(mail => _accepted[mail.MailingId].Class == MailingClass.Promotion).GroupBy(mail => mail.Person, StringComparer.Ordinal))
            faults.AddRange(FaultsOfPromotions(person.Key, [.. person.Select(mail => mail.At).Order()]));
        foreach (var mailing in _accepted.Values)
            faults.AddRange(FaultsOf(mailing, [.. mine.Select(mail => mail.Item).Where(mail => string.Equals(mail.MailingId, mailing.MailingId, StringComparison.Ordinal))], states));
        return faults;
    }

    private IEnumerable<string> FaultsOf(Reception mail, int index, Accepted mailing)
    {
        if (!string.Equals(mail.Person, mailing.Person, StringComparison.Ordinal))
            yield return $"{mail}: meant for {mailing.Person}";
        if (mail.At >= mailing.ExpiresAt)
            yield return $"{mail}: expired at {mailing.ExpiresAt:O}";
        if (mailing.Class == MailingClass.Transactional)
            yield break;
        if (TimeZoneInfo.ConvertTime(mail.At, Warsaw).TimeOfDay is var time && (time < TimeSpan.FromHours(9) || time >= TimeSpan.FromHours(21)))
            yield return $"{mail}: at {time} where she lives";
        if (mailing.Class == MailingClass.Promotion && _withdrawn.TryGetValue(mail.Person, out var before) && index >= before)
            yield return $"{mail}: after she had withdrawn";
    }

    private static IEnumerable<string> FaultsOfPromotions(string person, DateTimeOffset[] at)
    {
        for (var i = 1; i < at.Length; i++)
        {
            if (at[i] - at[i - 1] < Gap)
                yield return $"{person}: promotions at {at[i - 1]:O} and {at[i]:O}";
            foreach (var (most, window) in Caps)
            {
                // Half-open, (t - window, t]: the one that is a whole window old counts no more.
                if (i >= most && at[i] - at[i - most] < window)
                    yield return $"{person}: {most + 1} promotions from {at[i - most]:O} to {at[i]:O}";
            }
        }
    }

    private static IEnumerable<string> FaultsOf(Accepted mailing, Reception[] arrived, IReadOnlyDictionary<string, MailingState> states)
    {
        if (!states.TryGetValue(mailing.MailingId, out var state))
        {
            yield return $"{mailing}: accepted and lost";
            yield break;
        }

        var atMostOnce = mailing.Class is MailingClass.Promotion or MailingClass.Relationship;
        if (atMostOnce && arrived.Length > 1)
            yield return $"{mailing}: arrived {arrived.Length} times";
        if (arrived.Select(mail => mail.MessageId).Distinct(StringComparer.Ordinal).Count() > 1)
            yield return $"{mailing}: under several Message-IDs";
        if (state is MailingState.Sent && arrived.Length == 0)
            yield return $"{mailing}: SENT, and nothing arrived";
        if (state is MailingState.Unspecified or MailingState.Waiting or MailingState.Committed or MailingState.Handed)
            yield return $"{mailing}: has no end, is {state}";
        if (state is MailingState.Failed or MailingState.Declined or MailingState.Cancelled or MailingState.Expired && arrived.Length > 0
            && (atMostOnce || state is MailingState.Declined)) // at least once: one copy may have come before its UNKNOWN went back to waiting
            yield return $"{mailing}: {state}, and it arrived";
    }
}
