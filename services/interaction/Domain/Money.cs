namespace Loyalty.Interactions.Domain;

/// <summary>An amount: units + nanos / 10^9 of a currency, both of the same sign.</summary>
internal sealed record Money(string Currency, long Units, int Nanos)
{
    /// <summary>The largest amount in units, either way; more is a slip of the keyboard.</summary>
    public const long MostUnits = 1_000_000_000_000;

    private const int MostNanos = 999_999_999;

    /// <summary>Checks an amount; where it is wrong, names the field ("currency", "units" or "nanos") and what would be right.</summary>
    public static bool TryRead(string currency, long units, int nanos, out Money? money, out string field, out string problem)
    {
        money = null;
        (field, problem) = ("", "");
        if (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper))
            (field, problem) = ("currency", "must be an ISO 4217 code in capitals, for instance EUR");
        else if (units is < -MostUnits or > MostUnits)
            (field, problem) = ("units", $"must be from -{MostUnits} to {MostUnits}");
        else if (nanos is < -MostNanos or > MostNanos)
            (field, problem) = ("nanos", $"must be from -{MostNanos} to {MostNanos}");
        else if ((units > 0 && nanos < 0) || (units < 0 && nanos > 0))
            (field, problem) = ("nanos", "must have the sign of units");
        else
            money = new Money(currency, units, nanos);
        return money is not null;
    }
}
