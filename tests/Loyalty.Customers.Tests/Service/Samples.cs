using System.Globalization;
using Loyalty.Customers.V1;

namespace Loyalty.Customers.Tests.Service;

internal static class Samples
{
    private static int last;

    public static string RequestId => Guid.NewGuid().ToString();

    /// <summary>A card, phone or address that no other test has.</summary>
    public static Identifier Card() => new() { Kind = IdentifierKind.Card, Value = $"9000{Next()}" };

    public static Identifier Phone() => new() { Kind = IdentifierKind.Phone, Value = $"+4860{Next()}" };

    public static Identifier Email() => new() { Kind = IdentifierKind.Email, Value = $"anna{Next()}@example.com" };

    public static Identifier External() => new() { Kind = IdentifierKind.External, Value = $"id-{Next()}", System = "shop" };

    public static RegisterCustomerRequest Registration(params Identifier[] identifiers) => new()
    {
        RequestId = RequestId,
        DisplayName = "Anna Nowak",
        Locale = "pl-PL",
        Country = "PL",
        TimeZone = "Europe/Warsaw",
        Identifiers = { identifiers },
    };

    private static string Next() => Interlocked.Increment(ref last).ToString("0000000", CultureInfo.InvariantCulture);
}
