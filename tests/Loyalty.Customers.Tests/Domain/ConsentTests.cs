using FsCheck;
using FsCheck.Fluent;
using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class ConsentTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    // Few instants, so that ties are common.
    private static readonly Gen<Consent> Statement =
        from given in Gen.Elements(true, false)
        from minute in Gen.Choose(0, 5)
        select given ? Consent.Given(Noon.AddMinutes(minute)) : Consent.Withdrawn(Noon.AddMinutes(minute));

    [Fact]
    public void Nothing_said_is_no_consent() => default(Consent).Holds.ShouldBeFalse();

    [Fact]
    public void On_a_tie_the_withdrawal_wins() => Consent.Given(Noon).Merge(Consent.Withdrawn(Noon)).Holds.ShouldBeFalse();

    [Fact]
    public void Only_a_consent_given_later_opens_again()
    {
        var withdrawn = Consent.Given(Noon).Merge(Consent.Withdrawn(Noon.AddHours(1)));
        withdrawn.Merge(Consent.Given(Noon.AddMinutes(30))).Holds.ShouldBeFalse();
        withdrawn.Merge(Consent.Given(Noon.AddHours(1).AddMicroseconds(1))).Holds.ShouldBeTrue();
    }

    [Fact]
    public void Neither_the_order_of_statements_nor_their_repetition_matters()
    {
        var histories =
            from told in Statement.ListOf()
            from again in told.Count == 0 ? Gen.Constant(new List<Consent>()) : Gen.Elements<Consent>(told).ListOf().Select(list => list.ToList())
            from shuffled in Gen.Shuffle<Consent>([.. told, .. again])
            select (Told: told.ToArray(), Heard: shuffled.ToArray());
        Prop.ForAll(histories.ToArbitrary(), history => Merge(history.Heard).ShouldBe(Merge(history.Told))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void It_holds_exactly_when_the_latest_word_was_given_and_no_withdrawal_is_as_late()
    {
        Prop.ForAll(Statement.ListOf().ToArbitrary(), told =>
        {
            var latest = told.Select(statement => statement.GivenAt ?? statement.WithdrawnAt).Max();
            var lastWords = told.Where(statement => (statement.GivenAt ?? statement.WithdrawnAt) == latest).ToList();
            Merge([.. told]).Holds.ShouldBe(lastWords.Count > 0 && lastWords.TrueForAll(statement => statement.GivenAt is not null));
        }).QuickCheckThrowOnFailure();
    }

    private static Consent Merge(Consent[] told) => told.Aggregate(default(Consent), (known, statement) => known.Merge(statement));
}
