using FsCheck;
using FsCheck.Fluent;
using Loyalty.Interactions.Domain;

namespace Loyalty.Interactions.Tests.Domain;

public sealed class FactTests
{
    private static readonly Guid[] People = [Guid.Parse("0198c3a2-7c1e-7d3a-9f61-3b0f2f6a4b10"), Guid.Parse("0198c3a2-7c1e-7d3a-9f61-3b0f2f6a4b11")];

    private static readonly Gen<Fact> AnyFact =
        from person in Gen.Elements(People)
        from kind in Gen.Elements(Enum.GetValues<InteractionKind>())
        from minute in Gen.Choose(0, 3)
        from value in Gen.Elements(null, new Money("EUR", 1, 0), new Money("EUR", 10, 0), new Money("EUR", 1, 100_000_000), new Money("USD", 1, 0))
        from text in Gen.Elements("", "|", "EUR|1|0", "it broke", "it broke|")
        select new Fact(person, kind, DateTimeOffset.UnixEpoch.AddMinutes(minute), value, text);

    [Fact]
    public void Two_facts_have_the_same_content_exactly_when_they_say_the_same() =>
        Prop.ForAll(AnyFact.ToArbitrary(), AnyFact.ToArbitrary(), (a, b) => (a.Content() == b.Content()).ShouldBe(a == b)).QuickCheckThrowOnFailure();

    [Fact]
    public void Hidden_acts_are_what_nobody_pays_for() =>
        Enum.GetValues<InteractionKind>().Where(kind => kind.IsHiddenAct())
            .ShouldBe([InteractionKind.Recommendation, InteractionKind.HelpedNewcomer, InteractionKind.DefendedUs]);

    [Fact]
    public void Kinds_have_the_names_and_numbers_of_the_contract() =>
        Enum.GetValues<InteractionKind>().Select(kind => (kind.ToString(), (int)kind))
            .ShouldBe(Enum.GetValues<V1.InteractionKind>().Where(kind => kind != V1.InteractionKind.Unspecified).Select(kind => (kind.ToString(), (int)kind)));

    [Theory]
    [InlineData("EUR", 12, 500_000_000)]
    [InlineData("EUR", -12, -500_000_000)]
    [InlineData("JPY", 0, 0)]
    [InlineData("EUR", 0, -1)]
    public void An_amount_has_one_sign(string currency, long units, int nanos) =>
        Money.TryRead(currency, units, nanos, out _, out _, out _).ShouldBeTrue();

    [Theory]
    [InlineData("eur", 1, 0, "currency")]
    [InlineData("", 1, 0, "currency")]
    [InlineData("EURO", 1, 0, "currency")]
    [InlineData("EUR", 1, -1, "nanos")]
    [InlineData("EUR", -1, 1, "nanos")]
    [InlineData("EUR", 1, 1_000_000_000, "nanos")]
    [InlineData("EUR", 1_000_000_000_001, 0, "units")]
    [InlineData("EUR", long.MinValue, 0, "units")]
    public void A_wrong_amount_names_its_field(string currency, long units, int nanos, string field)
    {
        Money.TryRead(currency, units, nanos, out var money, out var wrong, out _).ShouldBeFalse();
        money.ShouldBeNull();
        wrong.ShouldBe(field);
    }
}
