using System.Collections.Frozen;

namespace Loyalty.Customers.Domain;

/// <summary>How one country writes phone numbers: calling code, prefixes, and the digits of a national number (bounds inclusive).</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="CallingCode">Without the plus.</param>
/// <param name="Trunks">What is dialled before a national number at home and is no part of it; none where the number is written whole.</param>
/// <param name="Abroad">What is dialled at home instead of the plus; null where it depends on the operator.</param>
/// <remarks>Source: ITU-T E.164 national numbering plans. A guard against slips, not a directory: a number that passes may not be in use.</remarks>
internal sealed record NumberingPlan(string Country, string CallingCode, string[] Trunks, int Shortest, int Longest, string? Abroad = "00")
{
    private static readonly string[] None = [];
    private static readonly string[] Zero = ["0"];

    private static readonly NumberingPlan[] All =
    [
        new("AD", "376", None, 6, 9),
        new("AE", "971", Zero, 8, 9),
        new("AL", "355", Zero, 8, 9),
        new("AR", "54", Zero, 10, 11),
        new("AT", "43", Zero, 4, 13),
        new("AU", "61", Zero, 9, 9, "0011"),
        new("BA", "387", Zero, 8, 9),
        new("BE", "32", Zero, 8, 9),
        new("BG", "359", Zero, 7, 9),
        new("BR", "55", Zero, 10, 11, null),
        new("BY", "375", ["80", "8"], 9, 9, "810"),
        new("CA", "1", ["1"], 10, 10, "011"),
        new("CH", "41", Zero, 9, 9),
        new("CL", "56", None, 9, 9, null),
        new("CN", "86", Zero, 9, 12),
        new("CO", "57", None, 10, 10, null),
        new("CY", "357", None, 8, 8),
        new("CZ", "420", None, 9, 9),
        new("DE", "49", Zero, 6, 13),
        new("DK", "45", None, 8, 8),
        new("EE", "372", None, 7, 8),
        new("EG", "20", Zero, 8, 10),
        new("ES", "34", None, 9, 9),
        new("FI", "358", Zero, 5, 12),
        new("FR", "33", Zero, 9, 9),
        new("GB", "44", Zero, 9, 10),
        new("GE", "995", Zero, 9, 9),
        new("GR", "30", None, 10, 10),
        new("HK", "852", None, 8, 8, "001"),
        new("HR", "385", Zero, 8, 9),
        new("HU", "36", ["06"], 8, 9),
        new("ID", "62", Zero, 8, 12, null),
        new("IE", "353", Zero, 7, 9),
        new("IL", "972", Zero, 8, 9, null),
        new("IN", "91", Zero, 10, 10),
        new("IS", "354", None, 7, 9),
        new("IT", "39", None, 6, 12),
        new("JP", "81", Zero, 9, 10, "010"),
        new("KR", "82", Zero, 8, 10, null),
        new("KZ", "7", ["8"], 10, 10, "810"),
        new("LI", "423", None, 7, 9),
        new("LT", "370", ["0", "8"], 8, 8),
        new("LU", "352", None, 4, 11),
        new("LV", "371", None, 8, 8),
        new("MA", "212", Zero, 9, 9),
        new("MC", "377", None, 8, 9),
        new("MD", "373", Zero, 8, 8),
        new("ME", "382", Zero, 8, 9),
        new("MK", "389", Zero, 8, 8),
        new("MT", "356", None, 8, 8),
        new("MX", "52", None, 10, 10),
        new("MY", "60", Zero, 8, 10),
        new("NL", "31", Zero, 9, 9),
        new("NO", "47", None, 8, 8),
        new("NZ", "64", Zero, 8, 10),
        new("PE", "51", Zero, 8, 9),
        new("PH", "63", Zero, 8, 10),
        new("PK", "92", Zero, 9, 10),
        new("PL", "48", None, 9, 9),
        new("PT", "351", None, 9, 9),
        new("RO", "40", Zero, 9, 9),
        new("RS", "381", Zero, 8, 9),
        new("RU", "7", ["8"], 10, 10, "810"),
        new("SA", "966", Zero, 8, 9),
        new("SE", "46", Zero, 7, 10),
        new("SG", "65", None, 8, 8, null),
        new("SI", "386", Zero, 8, 8),
        new("SK", "421", Zero, 9, 9),
        new("SM", "378", None, 6, 10),
        new("TH", "66", Zero, 8, 9, null),
        new("TN", "216", None, 8, 8),
        new("TR", "90", Zero, 10, 10),
        new("TW", "886", Zero, 8, 9, null),
        new("UA", "380", Zero, 9, 9),
        new("US", "1", ["1"], 10, 10, "011"),
        new("UY", "598", Zero, 7, 8),
        new("VN", "84", Zero, 9, 10),
        new("XK", "383", Zero, 8, 9),
        new("ZA", "27", Zero, 9, 9),
    ];

    private static readonly FrozenDictionary<string, NumberingPlan> ByCountry = All.ToFrozenDictionary(plan => plan.Country, StringComparer.Ordinal);

    // Countries that share a calling code (1, 7) share their lengths too, so any of them will do.
    private static readonly FrozenDictionary<string, NumberingPlan> ByCallingCode =
        All.DistinctBy(plan => plan.CallingCode, StringComparer.Ordinal).ToFrozenDictionary(plan => plan.CallingCode, StringComparer.Ordinal);

    public static IReadOnlyList<NumberingPlan> Known => All;

    /// <summary>True where a national number is never written without its trunk prefix, so that one without it is a local number.</summary>
    public bool TrunkIsNeeded => Trunks is ["0"];

    public static NumberingPlan? OfCountry(string country) => ByCountry.GetValueOrDefault(country);

    /// <summary>The plan that a number in E.164 (digits only, without the plus) belongs to; null when the table does not hold it.</summary>
    public static NumberingPlan? OfNumber(string digits)
    {
        for (var length = 1; length <= 3 && length <= digits.Length; length++)
            if (ByCallingCode.TryGetValue(digits[..length], out var plan))
                return plan;
        return null;
    }

    public bool Fits(string national) => national.Length >= Shortest && national.Length <= Longest;
}
