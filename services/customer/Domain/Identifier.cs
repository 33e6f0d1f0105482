using System.Text.RegularExpressions;

namespace Loyalty.Customers.Domain;

/// <summary>What sort of thing a person is recognised by; the numbers are those of the contract.</summary>
internal enum IdentifierKind
{
    Card = 1,
    Phone = 2,
    Email = 3,
    External = 4,
}

/// <summary>Something that a person is recognised by, in its canonical form.</summary>
/// <param name="System">EXTERNAL only: the system that the id comes from; else empty.</param>
internal sealed partial record Identifier(IdentifierKind Kind, string Value, string System)
{
    public const int LongestExternalId = 256;

    /// <summary>What two spellings of the same thing have in common. Mail systems that tell "Anna@" from "anna@" are not met in practice.</summary>
    public string LookupValue => Kind switch
    {
        IdentifierKind.Email => Value.ToLowerInvariant(),
        IdentifierKind.External => System + "\n" + Value,
        _ => Value,
    };

    /// <summary>Reads what was given; where it is wrong, names the field ("kind", "value" or "system") and what would be right.</summary>
    public static bool TryRead(
        IdentifierKind kind, string value, string system, string country, bool cardsCarryLuhn, out Identifier? identifier, out string field, out string problem)
    {
        identifier = null;
        field = "value";
        var canonical = "";
        var right = kind switch
        {
            IdentifierKind.Card => CardNumber.TryNormalise(value, cardsCarryLuhn, out canonical, out problem),
            IdentifierKind.Phone => PhoneNumber.TryNormalise(value, country, out canonical, out problem),
            IdentifierKind.Email => EmailAddress.TryNormalise(value, out canonical, out problem),
            IdentifierKind.External => TryExternal(value, out canonical, out problem),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of identifier"),
        };
        if (!right)
            return false;
        if (kind == IdentifierKind.External ? !SystemName().IsMatch(system) : system.Length > 0)
        {
            field = "system";
            problem = kind == IdentifierKind.External ? "must be 1 to 64 characters of [a-z0-9_.-]" : "must be empty unless the kind is EXTERNAL";
            return false;
        }

        identifier = new Identifier(kind, canonical, system);
        return true;
    }

    private static bool TryExternal(string value, out string canonical, out string problem)
    {
        canonical = value.Trim();
        var right = canonical.Length is > 0 and <= LongestExternalId && !canonical.Any(char.IsControl);
        problem = right ? "" : $"must be 1 to {LongestExternalId} characters without control characters";
        return right;
    }

    // An id means nothing without the system that gave it; case and inner spaces are that system's business.
    [GeneratedRegex("^[a-z0-9_.-]{1,64}\\z", RegexOptions.ExplicitCapture, 100)]
    private static partial Regex SystemName();
}
