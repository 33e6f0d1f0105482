using System.Globalization;

namespace Loyalty.Mesh.Replay;

/// <summary>One purchase of one person: the key is the file's own, the amount is in units of the currency, 0 allowed.</summary>
internal readonly record struct Purchase(string CustomerKey, DateOnly Date, decimal Amount, string Currency);

/// <summary>A line that was left out, and why.</summary>
internal readonly record struct BadLine(int Number, string Reason);

/// <summary>
/// A purchase history of real people from a CSV file: <c>customer,date,amount,currency</c>; dates as YYYY-MM-DD, amounts with a point, currency as three
/// letters. A first line that starts with "customer," is a heading; empty lines and lines that start with # are passed over.
/// </summary>
internal sealed class PurchaseHistory
{
    private const int KeyLength = 64;
    private const decimal LargestAmount = 1_000_000_000;

    private PurchaseHistory(List<Purchase> purchases, List<BadLine> badLines)
    {
        purchases.Sort((a, b) => a.Date.CompareTo(b.Date));
        Purchases = purchases;
        BadLines = badLines;
    }

    /// <summary>By date, ascending.</summary>
    public IReadOnlyList<Purchase> Purchases { get; }

    public IReadOnlyList<BadLine> BadLines { get; }

    public static async Task<PurchaseHistory> ReadAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var purchases = new List<Purchase>();
        var bad = new List<BadLine>();
        var number = 0;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line[0] == '#' || (number == 1 && line.StartsWith("customer,", StringComparison.OrdinalIgnoreCase)))
                continue;
            if (Parse(line, out var purchase) is { } reason)
                bad.Add(new BadLine(number, reason));
            else
                purchases.Add(purchase);
        }

        return new PurchaseHistory(purchases, bad);
    }

    /// <summary>The reason why the line is bad, or null.</summary>
    private static string? Parse(string line, out Purchase purchase)
    {
        purchase = default;
        var fields = line.Split(',', StringSplitOptions.TrimEntries);
        if (fields.Length != 4)
            return $"has {fields.Length} fields, wants 4: customer,date,amount,currency";
        if (fields[0].Length is 0 or > KeyLength || fields[0].Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')))
            return $"customer: wants 1 to {KeyLength} letters, digits, '-', '_' or '.'";
        if (!DateOnly.TryParseExact(fields[1], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) || date.Year < 1970)
            return "date: wants YYYY-MM-DD, from 1970";
        if (!decimal.TryParse(fields[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) || amount > LargestAmount)
            return $"amount: wants a number from 0 to {LargestAmount:0} with a decimal point";
        if (fields[3].Length != 3 || !fields[3].All(char.IsAsciiLetterUpper))
            return "currency: wants three capital letters (ISO 4217)";
        purchase = new Purchase(fields[0], date, amount, fields[3]);
        return null;
    }
}
