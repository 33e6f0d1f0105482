namespace Loyalty.Recognitions.Domain;

/// <summary>How long a person is left in peace after a thanks. Half-open: at its last instant thanks may be said again.</summary>
internal static class Cooldown
{
    public static bool IsOver(DateTimeOffset? thankedAt, TimeSpan span, DateTimeOffset now) => thankedAt is not { } at || now - at >= span;
}
