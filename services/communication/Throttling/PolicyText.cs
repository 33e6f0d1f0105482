using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// Reads and writes the text of a policy: JSON with comments; what it does not set has its default. The settings, their bounds and
/// defaults stand in README.md.
/// </summary>
internal static class PolicyText
{
    private const int LongestGapHours = 7 * 24;
    private const int MostCaps = 16;
    private const int MostPerWindow = 1000;
    private const int LongestWindowDays = 30;

    private static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = 8,
    };

    /// <param name="text">The settings that differ from the defaults; "{}" is the default policy.</param>
    /// <param name="now">The fallback zone is tried for two years from here.</param>
    /// <exception cref="PolicyRefusedException">Not JSON, an unknown setting, or a policy under which a rule could never pass.</exception>
    public static Policy Parse(string text, long now)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            return Read(document.RootElement, now);
        }
        catch (JsonException fault)
        {
            throw new PolicyRefusedException($"the policy is not JSON: {fault.Message}");
        }
    }

    private static Policy Read(JsonElement root, long now)
    {
        var settings = new Settings("", root, "gap", "caps", "quiet_hours");
        var gap = settings.Section("gap", "promotion_hours", "any_hours");
        var quiet = settings.Section("quiet_hours", "awake_from", "awake_until", "fallback_zone");
        var promotionGap = gap.Whole("promotion_hours", 20, 0, LongestGapHours);
        var anyGap = gap.Whole("any_hours", 4, 0, LongestGapHours);
        var caps = settings.List("caps") is { } list
            ? list.Select((item, index) => ReadCap($"caps[{index}]", item)).ToArray()
            : [new Cap(3, 7 * Instants.Day, null), new Cap(7, 30 * Instants.Day, null), new Cap(1, 7 * Instants.Day, Channel.Sms)];
        if (caps.Length is 0 or > MostCaps)
            throw new PolicyRefusedException($"caps: needs 1 to {MostCaps} windows, has {caps.Length}");
        var (from, until) = (quiet.TimeOfDay("awake_from", 9 * 60), quiet.TimeOfDay("awake_until", 21 * 60));
        if (AwakeWindow.Fault(from, until) is { } fault)
            throw new PolicyRefusedException($"quiet_hours.awake_from, quiet_hours.awake_until: {Clock(from)} to {Clock(until)} {fault}");
        var zone = quiet.String("fallback_zone", "Etc/UTC");
        if (Zones.Find(zone) is not { } clock)
            throw new PolicyRefusedException($"quiet_hours.fallback_zone: \"{zone}\" is no zone of the IANA database");

        var written = Write(promotionGap, anyGap, caps, from, until, zone);
        var policy = new Policy
        {
            Text = written,
            Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(written)).AsSpan(0, 8)),
            PromotionGap = promotionGap * Instants.Hour,
            AnyGap = anyGap * Instants.Hour,
            Caps = caps,
            Awake = new AwakeWindow(from, until),
            FallbackZone = zone,
            FallbackClock = clock,
        };
        RefuseSleeplessFallback(policy, now);
        return policy;
    }

    private static Cap ReadCap(string name, JsonElement element)
    {
        var cap = new Settings(name, element, "count", "days", "channel");
        var channel = cap.String("channel", "");
        return new Cap(
            cap.Whole("count", null, 1, MostPerWindow),
            cap.Whole("days", null, 1, LongestWindowDays) * Instants.Day,
            channel.Length == 0 ? null : ChannelOf($"{name}.channel", channel));
    }

    private static Channel ChannelOf(string name, string channel) => channel switch
    {
        "email" => Channel.Email,
        "sms" => Channel.Sms,
        "push" => Channel.Push,
        "messenger" => Channel.Messenger,
        _ => throw new PolicyRefusedException($"{name}: \"{channel}\" is none of email, sms, push, messenger"),
    };

    private static string Write(int promotionGap, int anyGap, Cap[] caps, int from, int until, string zone)
    {
        var windows = caps.Select(cap =>
        {
            var channel = cap.Channel is { } named ? $", \"channel\": \"{named.ToString().ToLowerInvariant()}\"" : "";
            return $$"""{ "count": {{cap.Count}}, "days": {{cap.Window / Instants.Day}}{{channel}} }""";
        });
        return $$"""
            {
              "gap": { "promotion_hours": {{promotionGap}}, "any_hours": {{anyGap}} },
              "caps": [{{string.Join(", ", windows)}}],
              "quiet_hours": { "awake_from": "{{Clock(from)}}", "awake_until": "{{Clock(until)}}", "fallback_zone": "{{zone}}" }
            }
            """;
    }

    private static string Clock(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");

    /// <summary>On every day of the next two years the fallback zone must leave an hour; a day that it skips leaves none.</summary>
    private static void RefuseSleeplessFallback(Policy policy, long now)
    {
        var nowhere = new Profile();
        var end = now + 2 * 366 * Instants.Day;
        var lastClose = now;
        while (lastClose < end)
        {
            var awake = AwakeHours.At(nowhere, policy, lastClose);
            if (awake.ClosesAt - awake.OpensAt < Instants.Hour && awake.OpensAt > now)
                throw Sleepless(policy, awake.OpensAt);
            if (awake.OpensAt - lastClose > Instants.Day)
                throw Sleepless(policy, lastClose);
            lastClose = awake.ClosesAt;
        }
    }

    private static PolicyRefusedException Sleepless(Policy policy, long at) => new(
        $"quiet_hours.fallback_zone: {policy.FallbackZone} leaves under an hour on {DateTimeOffset.UnixEpoch.AddTicks(at * 10):yyyy-MM-dd}");

    /// <summary>One object of the text: refuses settings that it does not know, and says where.</summary>
    private readonly struct Settings
    {
        private readonly string _name;
        private readonly JsonElement? _element;

        public Settings(string name, JsonElement? element, params ReadOnlySpan<string> known)
        {
            _name = name;
            _element = element;
            if (element is not { } present)
                return;
            if (present.ValueKind != JsonValueKind.Object)
                throw new PolicyRefusedException($"{(name.Length == 0 ? "the policy" : name)}: must be an object");
            HashSet<string> seen = new(StringComparer.Ordinal);
            foreach (var property in present.EnumerateObject())
            {
                if (!known.Contains(property.Name))
                    throw new PolicyRefusedException($"{Name(property.Name)}: no such setting");
                if (!seen.Add(property.Name))
                    throw new PolicyRefusedException($"{Name(property.Name)}: set twice");
            }
        }

        public Settings Section(string name, params ReadOnlySpan<string> known) => new(Name(name), Value(name), known);

        public List<JsonElement>? List(string name) => Value(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().ToList(),
            _ => throw new PolicyRefusedException($"{Name(name)}: must be a list"),
        };

        /// <param name="fallback">None where the setting is required.</param>
        public int Whole(string name, int? fallback, int least, int most)
        {
            if (Value(name) is not { } value)
                return fallback ?? throw new PolicyRefusedException($"{Name(name)}: is missing");
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number < least || number > most)
                throw new PolicyRefusedException($"{Name(name)}: must be a whole number from {least} to {most}, is {value.GetRawText()}");
            return number;
        }

        public string String(string name, string fallback) => Value(name) switch
        {
            null => fallback,
            { ValueKind: JsonValueKind.String } value => value.GetString() ?? fallback,
            { } value => throw new PolicyRefusedException($"{Name(name)}: must be text, is {value.GetRawText()}"),
        };

        /// <summary>"HH:mm" as minutes after midnight; "24:00" is the end of the day.</summary>
        public int TimeOfDay(string name, int fallback)
        {
            var text = String(name, Clock(fallback));
            if (string.Equals(text, "24:00", StringComparison.Ordinal))
                return AwakeWindow.MinutesOfDay;
            if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
                throw new PolicyRefusedException($"{Name(name)}: must be a time of day such as 09:00, is \"{text}\"");
            return (int)(time.Ticks / TimeSpan.TicksPerMinute);
        }

        private JsonElement? Value(string name) => _element is { } present && present.TryGetProperty(name, out var value) ? value : null;

        private string Name(string name) => _name.Length == 0 ? name : $"{_name}.{name}";
    }
}

/// <summary>A policy that the gate does not accept; the message names the setting and why.</summary>
internal sealed class PolicyRefusedException(string message) : Exception(message);
