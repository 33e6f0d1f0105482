using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Features;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Api;

/// <summary>What the gate said, in the words of the contract.</summary>
internal static class DecisionWire
{
    public static V1.Decision Of(Explanation said)
    {
        var decision = new V1.Decision
        {
            Outcome = (V1.Decision.Types.Outcome)said.Kind,
            Ahead = said.Ahead,
            DecidedAt = At(said.At),
            PolicyVersion = said.PolicyVersion,
        };
        if (said.Kind == DecisionKind.Decline)
            decision.Reason = EndOf.Reason(said.Reason);
        if (said.Kind == DecisionKind.Defer)
            decision.Place = (V1.Decision.Types.Place)said.Place;
        if (said.WaitsFor != WaitsFor.Nothing && said.Kind == DecisionKind.Defer)
            decision.WaitsFor.Add(Snake(said.WaitsFor.ToString()));
        else if (said.EarliestAt is > 0 and < Instants.Never && (said.Kind != DecisionKind.Decline || said.Reason == DeclineReason.ExpiresFirst))
            decision.EarliestAt = At(said.EarliestAt);
        decision.Verdicts.AddRange(said.Verdicts.Select(verdict => Verdict(verdict, said)));
        return decision;
    }

    private static V1.RuleVerdict Verdict(Verdict verdict, Explanation said)
    {
        var (observed, limit) = Words(verdict, said);
        var shown = new V1.RuleVerdict
        {
            Rule = Snake(verdict.Rule.ToString()).ToLowerInvariant(),
            Outcome = (V1.RuleVerdict.Types.Outcome)verdict.Outcome,
            Observed = observed,
            Limit = limit,
        };
        if (verdict.Outcome == Outcome.Hold && verdict.FromAt < Instants.Never)
            shown.PassesAt = At(verdict.FromAt);
        return shown;
    }

    private static (string Observed, string Limit) Words(Verdict verdict, Explanation said) => verdict.Rule switch
    {
        Rule.Reachable or Rule.Consent => (Detail(verdict), ""),
        Rule.NotBefore or Rule.Pause => (verdict.Observed > 0 ? $"until {Time(verdict.Observed)}" : "", ""),
        Rule.QuietHours when verdict.Observed > 0 => ($"{Detail(verdict)}: awake from {Time(verdict.Observed)} until {Time(verdict.Since)}", ""),
        Rule.StaleProfile when verdict.Limit > 0 => (Detail(verdict, $"heard {Span(said.At - verdict.Observed)} ago"), Span(verdict.Limit)),
        Rule.Gap when verdict.Limit > 0 => (
            Math.Max(verdict.Observed, verdict.Since) is > 0 and var last ? $"{Detail(verdict)}, last {Time(last)}" : "none before", Span(verdict.Limit)),
        Rule.Cap or Rule.Ceiling when verdict.Limit > 0 => ($"{verdict.Observed} sent", verdict.Limit.ToString(CultureInfo.InvariantCulture)),
        Rule.Yields => (verdict.Observed > 0 ? $"{verdict.Observed} ahead" : "", ""),
        _ => (Detail(verdict), ""),
    };

    private static string Detail(Verdict verdict, string otherwise = "") => verdict.Detail == Throttling.Detail.None
        ? otherwise
        : Snake(verdict.Detail.ToString()).Replace('_', ' ').ToLowerInvariant() + (otherwise.Length > 0 ? $", {otherwise}" : "");

    private static string Span(long microseconds) => TimeSpan.FromMicroseconds(microseconds) switch
    {
        { TotalDays: > 2 and var days } => string.Create(CultureInfo.InvariantCulture, $"{days:0.#} days"),
        { TotalHours: >= 1 and var hours } => string.Create(CultureInfo.InvariantCulture, $"{hours:0.##} hours"),
        { TotalMinutes: >= 1 and var minutes } => string.Create(CultureInfo.InvariantCulture, $"{minutes:0.#} minutes"),
        var span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0} seconds"),
    };

    private static string Time(long instant) => Instant.From(instant).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Timestamp At(long instant) => Instant.From(instant).ToTimestamp();

    /// <summary>QuietHours → QUIET_HOURS.</summary>
    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));
}
