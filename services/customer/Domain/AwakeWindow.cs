using System.Globalization;

namespace Loyalty.Customers.Domain;

/// <summary>A local window [from, until) in which mailings may arrive, in minutes after midnight; it may cross midnight.</summary>
internal sealed record AwakeWindow
{
    private const int Day = 24 * 60;
    private const int Shortest = 120; // less than two hours could never be met where a day has 23

    private AwakeWindow(int from, int until)
    {
        From = from;
        Until = until;
    }

    public int From { get; }

    public int Until { get; }

    public string FromText => Text(From);

    public string UntilText => Text(Until);

    /// <summary>The window as it was stored.</summary>
    public static AwakeWindow? Stored(int? from, int? until) => from is { } f && until is { } u ? new AwakeWindow(f, u) : null;

    /// <summary>Reads "HH:MM" twice; where it is wrong, names the field ("from" or "until").</summary>
    public static bool TryRead(string from, string until, out AwakeWindow? window, out string field, out string problem)
    {
        window = null;
        problem = "must be a local time HH:MM from 00:00 to 23:59";
        field = "from";
        if (!TryTime(from, out var start))
            return false;
        field = "until";
        if (!TryTime(until, out var end))
            return false;
        problem = "must be at least 2 hours after from, and differ from it";
        if ((end - start + Day) % Day < Shortest)
            return false;
        problem = "";
        window = new AwakeWindow(start, end);
        return true;
    }

    private static bool TryTime(string text, out int minutes)
    {
        var right = TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        minutes = (time.Hour * 60) + time.Minute;
        return right;
    }

    private static string Text(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
}
