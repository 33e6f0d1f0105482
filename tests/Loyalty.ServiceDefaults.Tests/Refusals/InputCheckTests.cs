using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;

namespace Loyalty.ServiceDefaults.Tests.Refusals;

public sealed class InputCheckTests
{
    private static readonly DateTimeOffset Floor = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Ceiling = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var check = new InputCheck();
        check.Required("name", " ");
        check.Id("customer_id", "7");
        check.Range("page_size", 1_001, 0, 1_000);

        var refusal = Should.Throw<Refusal>(check.ThrowIfAny);

        (refusal.Kind, refusal.Reason).ShouldBe((RefusalKind.InvalidArgument, "INVALID_FIELD"));
        refusal.Violations.Select(v => v.Field).ShouldBe(["name", "customer_id", "page_size"]);
        foreach (var violation in refusal.Violations)
            refusal.Message.ShouldContain($"{violation.Field}: {violation.Description}");
    }

    [Fact]
    public void What_is_right_passes_and_comes_back_usable()
    {
        var id = Guid.CreateVersion7();
        var check = new InputCheck();
        check.Required("a", "x").ShouldBe("x");
        check.Length("b", "äöü", 3, 3).ShouldBe("äöü");
        check.Length("c", null, 0, 5).ShouldBe("");
        check.Id("d", id.ToString()).ShouldBe(id);
        check.OptionalId("e", "").ShouldBeNull();
        check.Enum("f", Mood.Glad).ShouldBe(Mood.Glad);
        check.OptionalEnum("g", Mood.Unspecified);
        check.Range("h", 5, 5, 5).ShouldBe(5);
        check.Count("i", 0, 0, 3);
        check.Matches("j", "ab", new Regex("^ab$", RegexOptions.None, TimeSpan.FromSeconds(1)), "must be ab").ShouldBe("ab");
        check.Locale("k", "zh-Hant-TW");
        check.Locale("k", "de");
        check.Country("l", "AT");
        check.Text("m", "a\n\tz \ud83d\ude00");
        check.Timestamp("n", new Timestamp { Seconds = 1_700_000_000, Nanos = 123_456_789 }, Floor, Ceiling)
            .ShouldBe(DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000).AddMicroseconds(123_456));
        check.OptionalTimestamp("o", null, Floor, Ceiling).ShouldBeNull();
        check.ThrowIfAny();
        check.Any.ShouldBeFalse();
    }

    public static TheoryData<string, Action<InputCheck>> Wrong => new()
    {
        { "absent", c => c.Required("f", null) },
        { "blank", c => c.Required("f", "\t") },
        { "too short", c => c.Length("f", "ab", 3, 5) },
        { "too long", c => c.Length("f", "abcdef", 3, 5) },
        { "empty where some is needed", c => c.Length("f", "", 1, 5) },
        { "only blanks", c => c.Length("f", "   ", 1, 5) },
        { "no id", c => c.Id("f", null) },
        { "an id in other words", c => c.Id("f", "{0198c3a2-7c1e-7d3a-9f61-3b0f2f6a4b10}") },
        { "the empty id", c => c.Id("f", Guid.Empty.ToString()) },
        { "an optional id that is none", c => c.OptionalId("f", "x") },
        { "unspecified", c => c.Enum("f", Mood.Unspecified) },
        { "an unknown value", c => c.Enum("f", (Mood)7) },
        { "an unknown optional value", c => c.OptionalEnum("f", (Mood)7) },
        { "below", c => c.Range("f", 0, 1, 2) },
        { "above", c => c.Range("f", 3, 1, 2) },
        { "too few", c => c.Count("f", 0, 1, 3) },
        { "too many", c => c.Count("f", 4, 0, 3) },
        { "no instant", c => c.Timestamp("f", null, Floor, Ceiling) },
        { "too early", c => c.Timestamp("f", Floor.AddSeconds(-1).ToTimestamp(), Floor, Ceiling) },
        { "too late", c => c.Timestamp("f", Ceiling.AddSeconds(1).ToTimestamp(), Floor, Ceiling) },
        { "negative nanos", c => c.Timestamp("f", new Timestamp { Seconds = 1_700_000_000, Nanos = -1 }, Floor, Ceiling) },
        { "too many nanos", c => c.Timestamp("f", new Timestamp { Seconds = 1_700_000_000, Nanos = 1_000_000_000 }, Floor, Ceiling) },
        { "beyond the year 9999", c => c.OptionalTimestamp("f", new Timestamp { Seconds = long.MaxValue }, Floor, Ceiling) },
        { "before the year 1", c => c.OptionalTimestamp("f", new Timestamp { Seconds = long.MinValue }, Floor, Ceiling) },
        { "another pattern", c => c.Matches("f", "abc", new Regex("^ab$", RegexOptions.None, TimeSpan.FromSeconds(1)), "must be ab") },
        { "a locale of capitals", c => c.Locale("f", "DE") },
        { "a locale and a line", c => c.Locale("f", "de\n") },
        { "a country of one letter", c => c.Country("f", "A") },
        { "a country in small letters", c => c.Country("f", "at") },
        { "NUL", c => c.Required("f", "a\0b") },
        { "a lone high surrogate", c => c.Length("f", "a\ud83d", 1, 5) },
        { "a lone low surrogate", c => c.Text("f", "\ude00a") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_names_its_field(string what, Action<InputCheck> checking)
    {
        var check = new InputCheck();

        checking(check);

        check.Any.ShouldBeTrue(what);
        Should.Throw<Refusal>(check.ThrowIfAny).Violations.ShouldAllBe(violation => violation.Field == "f");
    }

    [Fact]
    public void Every_timestamp_is_refused_or_within_its_bounds() =>
        Prop.ForAll<long, int>((seconds, nanos) =>
        {
            var check = new InputCheck();
            var at = check.OptionalTimestamp("f", new Timestamp { Seconds = seconds * 1_000_003, Nanos = nanos }, Floor, Ceiling);
            return check.Any || (at >= Floor && at <= Ceiling && at.Value.Ticks % TimeSpan.TicksPerMicrosecond == 0);
        }).QuickCheckThrowOnFailure();
}
