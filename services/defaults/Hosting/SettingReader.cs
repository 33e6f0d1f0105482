using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Hosting;

/// <summary>Settings are wrong: each line names one by its full name and says what would be right.</summary>
public sealed class SettingFault(IReadOnlyList<string> faults) : Exception(string.Join(Environment.NewLine, faults))
{
    public SettingFault(string setting, string fault)
        : this([$"{SettingReader.Shown(setting)}: {fault}"])
    {
    }

    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>Reads settings with their defaults and bounds, and collects what is wrong under the setting's full name.</summary>
/// <remarks>Keys are written with colons ("Auth:Mode"); people read and set them with two underscores (<c>Auth__Mode</c>). Bounds are inclusive.</remarks>
public sealed class SettingReader(IConfiguration configuration)
{
    private readonly List<string> faults = [];

    public string? Text(string key) => configuration[key] is { Length: > 0 } text ? text : null;

    public string Text(string key, string fallback) => Text(key) ?? fallback;

    public string Choice(string key, string fallback, params string[] choices)
    {
        var value = Text(key, fallback);
        return choices.Contains(value, StringComparer.Ordinal) ? value : Fault(key, $"must be one of {string.Join(", ", choices)}, not \"{value}\"", fallback);
    }

    public bool Flag(string key, bool fallback)
    {
        var text = Text(key);
        return text is null ? fallback : bool.TryParse(text, out var flag) ? flag : Fault(key, $"must be true or false, not \"{text}\"", fallback);
    }

    public int Number(string key, int fallback, int min, int max)
    {
        var text = Text(key);
        return text is null ? fallback
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
            : Fault(key, $"must be a whole number from {min} to {max}, not \"{text}\"", fallback);
    }

    public double Fraction(string key, double fallback, double min, double max)
    {
        var text = Text(key);
        return text is null ? fallback
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
            : Fault(key, FormattableString.Invariant($"must be a number from {min} to {max}, not \"{text}\""), fallback);
    }

    /// <summary>A span such as "00:00:30" or "1.00:00:00".</summary>
    public TimeSpan Span(string key, TimeSpan fallback, TimeSpan min, TimeSpan max)
    {
        var text = Text(key);
        return text is null ? fallback
            : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var span) && span >= min && span <= max ? span
            : Fault(key, $"must be a time span from {min:c} to {max:c}, not \"{text}\"", fallback);
    }

    public Uri Address(string key, string fallback)
    {
        var text = Text(key, fallback);
        return Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : Fault(key, $"must be an address such as {fallback}, not \"{text}\"", new Uri(fallback));
    }

    /// <summary>A file that is there, or null where none is named.</summary>
    public string? File(string key)
    {
        var path = Text(key);
        return path is null || System.IO.File.Exists(path) ? path : Fault(key, $"names a file that is not there: \"{path}\"", path);
    }

    public void Fault(string key, string fault) => faults.Add($"{Shown(key)}: {fault}");

    /// <summary>Ends the reading: throws one <see cref="SettingFault"/> with everything that is wrong, or nothing.</summary>
    public void ThrowIfAny()
    {
        if (faults.Count > 0)
            throw new SettingFault(faults);
    }

    internal static string Shown(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    private T Fault<T>(string key, string fault, T fallback)
    {
        Fault(key, fault);
        return fallback;
    }
}
