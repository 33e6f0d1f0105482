using Loyalty.Customers.Domain;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Customers.Features;

/// <summary>Checks of what only this service knows: identifiers, zones, countries, languages.</summary>
internal static class Checks
{
    private const int LongestValue = 320;
    private const int LongestSystem = 64;

    /// <summary>The identifier in canonical form; null when it is wrong, which is then a violation.</summary>
    public static Identifier? Identifier(this InputCheck check, string field, V1.Identifier? given, string country, CustomerOptions options)
    {
        if (given is null)
        {
            check.Violation(field, "is required");
            return null;
        }

        if (!System.Enum.IsDefined((IdentifierKind)given.Kind))
        {
            check.Violation($"{field}.kind", "must be one of CARD, PHONE, EMAIL, EXTERNAL");
            return null;
        }

        check.Length($"{field}.value", given.Value, 1, LongestValue);
        check.Length($"{field}.system", given.System, 0, LongestSystem);
        if (given.Value.Length is 0 or > LongestValue || given.System.Length > LongestSystem)
            return null;
        if (!Domain.Identifier.TryRead(
            (IdentifierKind)given.Kind, given.Value, given.System, country, options.CardsCarryLuhn, out var identifier, out var wrong, out var problem))
            check.Violation($"{field}.{wrong}", problem);
        return identifier;
    }

    public static void OptionalZone(this InputCheck check, string field, string zone)
    {
        if (zone.Length > 0 && !Places.IsZone(zone))
            check.Violation(field, "must be a zone of the IANA tz database, for instance Europe/Warsaw, or empty");
    }

    public static void OptionalCountry(this InputCheck check, string field, string country)
    {
        if (country.Length > 0 && !Places.IsCountry(country))
            check.Violation(field, "must be an ISO 3166-1 alpha-2 code in capitals, for instance PL, or empty");
    }

    public static void OptionalLocale(this InputCheck check, string field, string locale)
    {
        if (locale.Length > 0 && !Places.IsLocale(locale))
            check.Violation(field, "must be a BCP 47 tag, for instance pl-PL, or empty");
    }
}
