namespace Loyalty.Communications.Throttling;

/// <summary>At most so many promotions in a rolling window, on one channel or over all.</summary>
internal sealed record Cap(int Count, long Window, Channel? Channel);

/// <summary>
/// What an operator may set of the rules. Born valid, from text only (<see cref="PolicyText"/>), so that every policy has a text that
/// can be stored and read again.
/// </summary>
internal sealed record Policy
{
    /// <summary>Of any class but TRANSACTIONAL in 24 hours; compiled in, nothing lifts it.</summary>
    public const int Ceiling = 9;

    /// <summary>TRANSACTIONAL sends in 24 hours; compiled in.</summary>
    public const int TransactionalCeiling = 30;

    public const long CeilingWindow = Instants.Day;

    /// <summary>How old a heartbeat may be before the profile counts as out of date; compiled in.</summary>
    public const long HeartbeatAge = 2 * Instants.Minute;

    /// <summary>How long a mailing waits for the profile of an unknown customer; compiled in.</summary>
    public const long ProfileWait = 10 * Instants.Minute;

    /// <summary>The default policy: an empty text.</summary>
    public static Policy Default { get; } = PolicyText.Parse("{}", now: 0);

    /// <summary>16 hexadecimal digits: the hash of <see cref="Text"/>.</summary>
    public required string Version { get; init; }

    /// <summary>Every setting, written out; parsing it gives this policy again, also where defaults have changed since.</summary>
    public required string Text { get; init; }

    /// <summary>Between two promotions.</summary>
    public required long PromotionGap { get; init; }

    /// <summary>Between a SERVICE, RELATIONSHIP or PROMOTION send and a RELATIONSHIP or PROMOTION.</summary>
    public required long AnyGap { get; init; }

    public required Cap[] Caps { get; init; }

    public required AwakeWindow Awake { get; init; }

    /// <summary>The zone that counts where neither zone nor country tells when a person is awake.</summary>
    public required string FallbackZone { get; init; }

    public required LocalClock FallbackClock { get; init; }
}
