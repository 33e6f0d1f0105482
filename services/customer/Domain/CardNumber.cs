namespace Loyalty.Customers.Domain;

/// <summary>Brings a card number into digits only.</summary>
internal static class CardNumber
{
    public const int Shortest = 4;
    public const int Longest = 32;

    /// <summary>Normalises; with <paramref name="luhn"/> the last digit must be the check digit of ISO/IEC 7812-1.</summary>
    public static bool TryNormalise(string written, bool luhn, out string digits, out string problem)
    {
        digits = string.Concat(written.Where(c => c is not (' ' or '-')));
        if (digits.Length is < Shortest or > Longest || !digits.All(char.IsAsciiDigit))
        {
            problem = $"must have {Shortest} to {Longest} digits";
            digits = "";
            return false;
        }

        if (luhn && !PassesLuhn(digits))
        {
            problem = "must end with the right check digit (Luhn)";
            digits = "";
            return false;
        }

        problem = "";
        return true;
    }

    public static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[digits.Length - 1 - i] - '0';
            if (i % 2 == 1)
                digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return sum % 10 == 0;
    }
}
