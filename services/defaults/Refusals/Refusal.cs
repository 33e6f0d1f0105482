namespace Loyalty.ServiceDefaults.Refusals;

/// <summary>What sort of "no" it is; each maps to one gRPC status code.</summary>
public enum RefusalKind
{
    InvalidArgument,
    NotFound,
    AlreadyExists,
    FailedPrecondition,
    Aborted,
    PermissionDenied,
    Unauthenticated,
    ResourceExhausted,
    Unavailable,
}

/// <summary>One field that is wrong, and what would be right.</summary>
public readonly record struct FieldViolation(string Field, string Description);

/// <summary>
/// An expected "no": it says why in a machine-readable reason (UPPER_SNAKE) and in a sentence that never carries a personal value.
/// Any other exception is a bug.
/// </summary>
public sealed class Refusal : Exception
{
    public Refusal(RefusalKind kind, string reason, string message, params IEnumerable<FieldViolation> violations)
        : base(message)
    {
        Kind = kind;
        Reason = reason;
        Violations = [.. violations];
    }

    public RefusalKind Kind { get; }

    public string Reason { get; }

    public IReadOnlyList<FieldViolation> Violations { get; }

    /// <summary>Ids and limits that help the caller on; never personal values.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>When trying again makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Invalid(string field, string description) =>
        new(RefusalKind.InvalidArgument, "INVALID_FIELD", $"{field}: {description}", new FieldViolation(field, description));

    public static Refusal NotFound(string reason, string message) => new(RefusalKind.NotFound, reason, message);
}
