namespace Loyalty.Communications.Throttling;

/// <summary>Why a mailing was decided as it was: enough to store, to show and to judge again.</summary>
internal sealed record Explanation
{
    /// <summary>The policy that decided; its text is stored once per version.</summary>
    public required string PolicyVersion { get; init; }

    public required Guid MailingId { get; init; }
    public required long At { get; init; }
    public required DecisionKind Kind { get; init; }
    public required DeclineReason Reason { get; init; }
    public required WaitsFor WaitsFor { get; init; }
    public required LinePlace Place { get; init; }
    public required byte Ahead { get; init; }
    public required long EarliestAt { get; init; }
    public required long ReleaseAt { get; init; }
    public required Terms Terms { get; init; }
    public required IReadOnlyList<Verdict> Verdicts { get; init; }

    public static Explanation Of(in Decision decision, Policy policy) => new()
    {
        PolicyVersion = policy.Version,
        MailingId = decision.MailingId,
        At = decision.At,
        Kind = decision.Kind,
        Reason = decision.Reason,
        WaitsFor = decision.WaitsFor,
        Place = decision.Place,
        Ahead = decision.Ahead,
        EarliestAt = decision.EarliestAt,
        ReleaseAt = decision.ReleaseAt,
        Terms = decision.Terms,
        Verdicts = decision.Verdicts.ToArray(),
    };

    /// <summary>
    /// Judges every rule again from what was observed, and from those verdicts what was decided. The instants found by the search and the
    /// place in the line are observations too: they rest on the whole ledger and on those ahead, which are not stored.
    /// </summary>
    /// <param name="policy">The one named here, read again from its stored text; another one answers "what if".</param>
    public Explanation Recompute(Policy policy)
    {
        var verdicts = Verdicts.Select(seen => Rules.Again(seen, Terms, policy, At)).ToArray();
        var (kind, reason, waits) = Judge(verdicts);
        return this with { PolicyVersion = policy.Version, Verdicts = verdicts, Kind = kind, Reason = reason, WaitsFor = waits };
    }

    /// <summary>Whether two explanations say the same.</summary>
    public bool Agrees(Explanation other) => this with { Verdicts = [] } == other with { Verdicts = [] } && Verdicts.SequenceEqual(other.Verdicts);

    private (DecisionKind Kind, DeclineReason Reason, WaitsFor WaitsFor) Judge(Verdict[] verdicts)
    {
        var forbidding = Array.Find(verdicts, verdict => verdict.Outcome == Outcome.Forbid);
        var waits = verdicts.Where(verdict => verdict.Waits).Select(verdict => Reasons.WaitOf(verdict.Detail))
            .FirstOrDefault(wait => wait != WaitsFor.Nothing);
        if (At >= Terms.ExpiresAt)
            return (DecisionKind.Decline, DeclineReason.Expired, waits);
        if (forbidding.Outcome == Outcome.Forbid)
            return (DecisionKind.Decline, Reasons.Of(forbidding.Detail), waits);
        if (Reason == DeclineReason.ExpiresFirst && EarliestAt >= Terms.ExpiresAt)
            return (DecisionKind.Decline, DeclineReason.ExpiresFirst, waits);
        var passes = Array.TrueForAll(verdicts, verdict => verdict.Outcome == Outcome.Pass);
        return (passes && ReleaseAt <= At ? DecisionKind.Send : DecisionKind.Defer, DeclineReason.None, waits);
    }
}
