using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;

namespace Loyalty.ServiceDefaults.Refusals;

/// <summary>Collects everything that is wrong with a request, so that the caller hears it at once: INVALID_ARGUMENT with a row per field.</summary>
/// <remarks>Each check answers the value that may be used when <see cref="ThrowIfAny"/> has passed. Lengths are UTF-16 units, bounds are inclusive.</remarks>
public sealed partial class InputCheck
{
    private readonly List<FieldViolation> violations = [];

    public bool Any => violations.Count > 0;

    /// <summary>Refuses the field in the caller's own words.</summary>
    public void Violation(string field, string description) => violations.Add(new FieldViolation(field, description));

    /// <summary>Refuses what is absent, empty or blank.</summary>
    public string Required(string field, string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
            Violation(field, "is required");
        return Text(field, value);
    }

    /// <summary>Refuses a text shorter than <paramref name="min"/> or longer than <paramref name="max"/>.</summary>
    public string Length(string field, string? value, int min, int max)
    {
        var length = value?.Length ?? 0;
        if (length == 0 && min > 0)
            Violation(field, "is required");
        else if (length < min || length > max)
            Violation(field, min == 0 ? $"must have at most {max} characters" : $"must have {min} to {max} characters");
        else if (min > 0 && string.IsNullOrWhiteSpace(value))
            Violation(field, "must not be blank");
        return Text(field, value);
    }

    /// <summary>Refuses anything but a UUID.</summary>
    public Guid Id(string field, string? value)
    {
        if (string.IsNullOrEmpty(value))
            Violation(field, "is required");
        else
            return OptionalId(field, value) ?? Guid.Empty;
        return Guid.Empty;
    }

    /// <summary>Null where the field is empty; refuses what is there and no UUID.</summary>
    public Guid? OptionalId(string field, string? value)
    {
        if (string.IsNullOrEmpty(value))
            return null;
        if (Guid.TryParseExact(value, "D", out var id) && id != Guid.Empty)
            return id;
        Violation(field, "must be a UUID such as 0198c3a2-7c1e-7d3a-9f61-3b0f2f6a4b10");
        return null;
    }

    /// <summary>Refuses the unspecified value and numbers that this release does not know.</summary>
    public T Enum<T>(string field, T value)
        where T : struct, System.Enum
    {
        if (EqualityComparer<T>.Default.Equals(value, default))
            Violation(field, "is required");
        else
            OptionalEnum(field, value);
        return value;
    }

    /// <summary>Refuses numbers that this release does not know; the unspecified value passes.</summary>
    public T OptionalEnum<T>(string field, T value)
        where T : struct, System.Enum
    {
        if (!System.Enum.IsDefined(value))
            Violation(field, "is a value that this release does not know");
        return value;
    }

    public T Range<T>(string field, T value, T min, T max)
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            Violation(field, $"must be from {min} to {max}");
        return value;
    }

    /// <summary>Refuses a list that is too short or too long.</summary>
    public void Count(string field, int count, int min, int max)
    {
        if (count < min || count > max)
            Violation(field, min == 0 ? $"must have at most {max} entries" : $"must have {min} to {max} entries");
    }

    /// <summary>Refuses an absent, malformed or outlying instant; answers it in UTC, cut to microseconds.</summary>
    public DateTimeOffset Timestamp(string field, Timestamp? value, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (value is null)
            Violation(field, "is required");
        return OptionalTimestamp(field, value, notBefore, notAfter) ?? default;
    }

    /// <summary>Null where the field is absent; otherwise as <see cref="Timestamp"/>.</summary>
    public DateTimeOffset? OptionalTimestamp(string field, Timestamp? value, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        if (value is null)
            return null;
        if (value.Nanos is < 0 or > 999_999_999 || value.Seconds < -62_135_596_800 || value.Seconds > 253_402_300_799)
        {
            Violation(field, "is no valid timestamp");
            return null;
        }

        var instant = DateTimeOffset.UnixEpoch.AddSeconds(value.Seconds).AddTicks(value.Nanos / 1000 * TimeSpan.TicksPerMicrosecond);
        if (instant < notBefore || instant > notAfter)
            Violation(field, $"must be from {notBefore:O} to {notAfter:O}");
        return instant;
    }

    /// <summary>Refuses what the whole pattern does not match; the description says what would be right.</summary>
    public string Matches(string field, string? value, Regex pattern, string description)
    {
        if (!pattern.IsMatch(value ?? ""))
            Violation(field, description);
        return Text(field, value);
    }

    /// <summary>Refuses anything but a language tag such as "de", "de-AT" or "zh-Hant-TW".</summary>
    public string Locale(string field, string? value) => Matches(field, value, LocalePattern(), "must be a language tag such as de or de-AT");

    /// <summary>Refuses anything but two capital letters (ISO 3166-1 alpha-2).</summary>
    public string Country(string field, string? value) => Matches(field, value, CountryPattern(), "must be a country code such as AT");

    /// <summary>Refuses a text that no database could keep: a lone surrogate or a NUL.</summary>
    public string Text(string field, string? value)
    {
        if (value is null)
            return "";
        for (var i = 0; i < value.Length; i++)
        {
            var unit = value[i];
            if (char.IsHighSurrogate(unit) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
            }
            else if (unit == '\0' || char.IsSurrogate(unit))
            {
                Violation(field, "must be well-formed text without NUL");
                break;
            }
        }

        return value;
    }

    /// <summary>Ends the check: throws one refusal with every violation, or nothing.</summary>
    public void ThrowIfAny()
    {
        if (violations.Count == 0)
            return;
        var message = string.Join("; ", violations.Select(v => $"{v.Field}: {v.Description}"));
        throw new Refusal(RefusalKind.InvalidArgument, "INVALID_FIELD", message, violations);
    }

    [GeneratedRegex("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\\z", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex LocalePattern();

    [GeneratedRegex("^[A-Z]{2}\\z", RegexOptions.None, 100)]
    private static partial Regex CountryPattern();
}
