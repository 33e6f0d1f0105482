namespace Loyalty.Communications.Throttling;

/// <summary>Why a mailing was decided as it was: enough to store, to show and to judge again.</summary>
internal sealed record Explanation
{
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
    public required Verdict[] Verdicts { get; init; }

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

    /// <summary>Judges every rule again from what was observed, under a policy (the one named here, read again from its stored text).</summary>
    public Explanation Recompute(Policy policy) => throw new NotSupportedException();

    /// <summary>The packed form that is stored.</summary>
    public byte[] Pack() => throw new NotSupportedException();

    /// <exception cref="InvalidDataException">Not an explanation.</exception>
    public static Explanation Unpack(ReadOnlySpan<byte> packed) => throw new NotSupportedException();
}
