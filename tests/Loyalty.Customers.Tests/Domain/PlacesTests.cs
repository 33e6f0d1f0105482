using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class PlacesTests
{
    [Theory]
    [InlineData("Europe/Warsaw", true)]
    [InlineData("Asia/Calcutta", true)] // an old name of the tz database
    [InlineData("Etc/GMT+5", true)]
    [InlineData("UTC+02", false)]
    [InlineData("Europe/Atlantis", false)]
    [InlineData("europe/warsaw", false)]
    public void Zones_are_those_of_the_tz_database(string zone, bool known) => Places.IsZone(zone).ShouldBe(known);

    [Theory]
    [InlineData("PL", true)]
    [InlineData("XK", true)]
    [InlineData("pl", false)]
    [InlineData("ZZ", false)]
    [InlineData("POL", false)]
    public void Countries_are_those_that_have_zones(string country, bool known) => Places.IsCountry(country).ShouldBe(known);

    [Theory]
    [InlineData("pl", true)]
    [InlineData("pl-PL", true)]
    [InlineData("zh-Hant-TW", true)]
    [InlineData("es-419", true)]
    [InlineData("PL", false)]
    [InlineData("pl_PL", false)]
    [InlineData("english", false)]
    public void Languages_are_tags(string locale, bool known) => Places.IsLocale(locale).ShouldBe(known);

    [Fact]
    public void Every_country_with_a_numbering_plan_is_a_country() =>
        NumberingPlan.Known.Where(plan => !Places.IsCountry(plan.Country)).ShouldBeEmpty();
}
