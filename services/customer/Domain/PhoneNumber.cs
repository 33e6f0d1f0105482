using System.Text;

namespace Loyalty.Customers.Domain;

/// <summary>Brings a phone number, written as people write it, into E.164.</summary>
internal static class PhoneNumber
{
    private const int LongestE164 = 15; // digits, ITU-T E.164
    private const int ShortestE164 = 7;
    private const string Separators = " \u00a0\u202f-.()/\u2010\u2011\u2012\u2013";

    /// <summary>Normalises; without a country only the international form (with a plus) is understood.</summary>
    /// <param name="written">For instance "+48 601 234 567" or, with the country PL, "601-234-567".</param>
    /// <param name="country">ISO 3166-1 alpha-2, or empty.</param>
    /// <param name="e164">For instance "+48601234567".</param>
    /// <param name="problem">What would be right; never the value.</param>
    public static bool TryNormalise(string written, string country, out string e164, out string problem)
    {
        e164 = "";
        if (!TryReadDigits(written, out var digits, out var international))
        {
            problem = "must hold digits only, besides a leading plus, spaces and -.()/";
            return false;
        }

        var plan = country.Length == 0 ? null : NumberingPlan.OfCountry(country);
        if (!international && plan is { Abroad: { } abroad } && digits.StartsWith(abroad, StringComparison.Ordinal))
        {
            digits = digits[abroad.Length..];
            international = true;
        }

        if (international)
            return TryInternational(digits, out e164, out problem);
        if (plan is null)
        {
            problem = country.Length == 0
                ? "must start with + and the calling code, or come with a country"
                : $"must start with + and the calling code: national numbers of {country} are not known here";
            return false;
        }

        return TryNational(digits, plan, out e164, out problem);
    }

    private static bool TryReadDigits(string written, out string digits, out bool international)
    {
        var text = written.Trim();
        international = text.StartsWith('+');
        if (international)
            text = text[1..].Replace("(0)", "", StringComparison.Ordinal); // +44 (0)20: the zero for those at home
        var kept = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
                kept.Append(c);
            else if (!Separators.Contains(c, StringComparison.Ordinal))
            {
                digits = "";
                return false;
            }
        }

        digits = kept.ToString();
        return digits.Length > 0;
    }

    private static bool TryInternational(string digits, out string e164, out string problem)
    {
        e164 = "";
        problem = $"must have {ShortestE164} to {LongestE164} digits after the plus and start with a calling code";
        if (digits.Length is < ShortestE164 or > LongestE164 || digits[0] == '0')
            return false;
        if (NumberingPlan.OfNumber(digits) is { } plan)
        {
            var national = digits[plan.CallingCode.Length..];
            if (plan.TrunkIsNeeded && national.StartsWith('0'))
            {
                problem = $"must not have a 0 after +{plan.CallingCode}";
                return false;
            }

            if (!plan.Fits(national))
            {
                problem = WrongLength(plan);
                return false;
            }
        }

        e164 = "+" + digits;
        problem = "";
        return true;
    }

    private static bool TryNational(string digits, NumberingPlan plan, out string e164, out string problem)
    {
        e164 = "";
        var national = plan.Trunks
            .Where(trunk => digits.StartsWith(trunk, StringComparison.Ordinal))
            .Select(trunk => digits[trunk.Length..])
            .FirstOrDefault(plan.Fits);
        if (national is null && plan.TrunkIsNeeded)
        {
            problem = digits.StartsWith('0')
                ? WrongLength(plan)
                : $"must start with 0 or with +{plan.CallingCode}: a local number leads nowhere";
            return false;
        }

        national ??= digits;
        if (!plan.Fits(national) || national.Length + plan.CallingCode.Length > LongestE164)
        {
            problem = WrongLength(plan);
            return false;
        }

        e164 = "+" + plan.CallingCode + national;
        problem = "";
        return true;
    }

    private static string WrongLength(NumberingPlan plan) => plan.Shortest == plan.Longest
        ? $"must have {plan.Shortest} digits after +{plan.CallingCode}"
        : $"must have {plan.Shortest} to {plan.Longest} digits after +{plan.CallingCode}";
}
