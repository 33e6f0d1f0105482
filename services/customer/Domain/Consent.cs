namespace Loyalty.Customers.Domain;

/// <summary>
/// What is known about one consent: the latest instants at which it was given and withdrawn. Statements are merged, never overwritten,
/// so that neither their order nor a repetition matters.
/// </summary>
internal readonly record struct Consent(DateTimeOffset? GivenAt, DateTimeOffset? WithdrawnAt)
{
    /// <summary>True while it holds; on a tie the withdrawal wins.</summary>
    public bool Holds => GivenAt is { } given && (WithdrawnAt is not { } withdrawn || given > withdrawn);

    public static Consent Given(DateTimeOffset at) => new(at, null);

    public static Consent Withdrawn(DateTimeOffset at) => new(null, at);

    public Consent Merge(Consent other) => new(Later(GivenAt, other.GivenAt), Later(WithdrawnAt, other.WithdrawnAt));

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}
