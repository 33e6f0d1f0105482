using System.Diagnostics.Metrics;
using System.Text.Json;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features;

/// <summary>What the gate decides and what becomes of mailings, counted once committed. Tags hold names of ours only: nobody's id, template or address.</summary>
internal static class MailingTelemetry
{
    private static readonly Meter Meter = new("Loyalty");

    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>("loyalty.gate.decisions", "{decision}", "Decisions on accepted mailings, each look counted");
    private static readonly Counter<long> Held = Meter.CreateCounter<long>("loyalty.gate.held", "{verdict}", "Rules that held or forbade a mailing that was decided");
    private static readonly Histogram<int> CommitBatch = Meter.CreateHistogram<int>("loyalty.dispatch.commit_batch", "{mailing}", "Mailings COMMITTED by one claim");
    private static readonly Counter<long> Releases = Meter.CreateCounter<long>("loyalty.dispatch.released", "{mailing}", "COMMITTED mailings that went back to WAITING");
    private static readonly Counter<long> Late = Meter.CreateCounter<long>("loyalty.dispatch.late_outcomes", "{mailing}", "Outcomes known only after the gate's margin of 60 s");
    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("loyalty.mailing.outcomes", "{mailing}", "Mailings that ended, or went back to WAITING after a try, by state");

    // Made once, so that counting allocates nothing.
    private static readonly KeyValuePair<string, object?>[] OutcomeTags = TagsOf<DecisionKind>("outcome");
    private static readonly KeyValuePair<string, object?>[] RuleTags = TagsOf<Rule>("rule");
    private static readonly KeyValuePair<string, object?>[] StateTags = TagsOf<MailingState>("state");
    private static readonly KeyValuePair<string, object?>[] CauseTags = TagsOf<ReleaseCause>("cause");

    public static void Decided(DecisionKind outcome, long count) => Decisions.Add(count, OutcomeTags[(int)outcome]);

    public static void HeldBy(Rule rule, long count) => Held.Add(count, RuleTags[(int)rule]);

    public static void Committed(int mailings) => CommitBatch.Record(mailings);

    public static void Released(ReleaseCause cause, int mailings) => Releases.Add(mailings, CauseTags[(int)cause]);

    public static void OutcomeWasLate() => Late.Add(1);

    public static void Became(MailingState state) => Outcomes.Add(1, StateTags[(int)state]);

    /// <summary>QuietHours → quiet_hours, at the index of its number.</summary>
    private static KeyValuePair<string, object?>[] TagsOf<T>(string key)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        var tags = new KeyValuePair<string, object?>[values.Max(v => Convert.ToInt32(v, null)) + 1];
        foreach (var value in values)
            tags[Convert.ToInt32(value, null)] = new(key, JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        return tags;
    }
}

/// <summary>Why a COMMITTED mailing went back.</summary>
internal enum ReleaseCause
{
    /// <summary>What is known of the person changed.</summary>
    Profile,

    /// <summary>It was not handed over in its time.</summary>
    Overdue,

    /// <summary>No mail could be made of it.</summary>
    Unwritable,
}
