using FsCheck;
using FsCheck.Fluent;
using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class PhoneNumberTests
{
    [Theory]
    [InlineData("+48 601 234 567", "", "+48601234567")]
    [InlineData("601-234-567", "PL", "+48601234567")]
    [InlineData("0048601234567", "PL", "+48601234567")]
    [InlineData("+44 (0)20 7946 0018", "", "+442079460018")]
    [InlineData("020 7946 0018", "GB", "+442079460018")]
    [InlineData("0171/1234567", "DE", "+491711234567")]
    [InlineData("(415) 555-2671", "US", "+14155552671")]
    [InlineData("1 415 555 2671", "US", "+14155552671")]
    [InlineData("011 44 20 7946 0018", "US", "+442079460018")]
    [InlineData("06 698 12345", "IT", "+390669812345")]
    [InlineData("8 (912) 345-67-89", "RU", "+79123456789")]
    [InlineData("812 345 67 89", "RU", "+78123456789")]
    [InlineData("06 30 123 4567", "HU", "+36301234567")]
    [InlineData("090 1234 5678", "JP", "+819012345678")]
    [InlineData("+247 12345", "", "+24712345")] // a calling code that the table does not hold
    [InlineData("601\u00a0234\u00a0567", "PL", "+48601234567")]
    public void Brings_what_people_write_into_E164(string written, string country, string e164)
    {
        PhoneNumber.TryNormalise(written, country, out var normal, out var problem).ShouldBeTrue(problem);
        normal.ShouldBe(e164);
    }

    [Theory]
    [InlineData("601 234 567", "")] // whose?
    [InlineData("601 234 567", "AQ")] // a country without a plan here
    [InlineData("601 234 56", "PL")]
    [InlineData("601 234 5678", "PL")]
    [InlineData("7946 0018", "GB")] // local, without the trunk 0
    [InlineData("+44 020 7946 0018", "")] // the 0 belongs to those at home
    [InlineData("+0 123 456 789", "")]
    [InlineData("+4860123456789012", "")]
    [InlineData("+1 415 555 267", "")]
    [InlineData("48601234567x", "PL")]
    [InlineData("٦٠١٢٣٤٥٦٧", "PL")] // digits, but not the ones that a telephone exchange knows
    [InlineData("+", "PL")]
    [InlineData("call me", "PL")]
    public void Refuses_what_leads_nowhere_and_says_what_would_be_right(string written, string country)
    {
        PhoneNumber.TryNormalise(written, country, out var normal, out var problem).ShouldBeFalse();
        normal.ShouldBeEmpty();
        problem.ShouldStartWith("must ");
        problem.ShouldNotContain(written);
    }

    [Fact]
    public void All_spellings_of_one_number_lead_to_the_same_and_that_stays_as_it_is()
    {
        var numbers =
            from plan in Gen.Elements<NumberingPlan>(NumberingPlan.Known)
            from length in Gen.Choose(plan.Shortest, Math.Min(plan.Longest, 15 - plan.CallingCode.Length))
            from digits in Gen.ArrayOf(Gen.Choose(1, 7), length) // 0 and 8 may be trunk prefixes, 9 may not: any of the others will do
            select (Plan: plan, National: string.Concat(digits));

        Prop.ForAll(numbers.Where(n => n.Plan.CallingCode.Length + n.National.Length >= 7 && !n.Plan.Trunks.Any(n.National.StartsWith)).ToArbitrary(), number =>
        {
            var (plan, national) = number;
            var e164 = $"+{plan.CallingCode}{national}";
            string[] spellings =
            [
                e164,
                $"+{plan.CallingCode} {string.Join('-', national.Chunk(3).Select(part => new string(part)))}",
                (plan.Trunks.FirstOrDefault() ?? "") + national,
                .. plan.Abroad is null ? Array.Empty<string>() : [plan.Abroad + plan.CallingCode + national],
            ];
            foreach (var spelling in spellings)
            {
                PhoneNumber.TryNormalise(spelling, plan.Country, out var normal, out var problem).ShouldBeTrue($"{plan.Country} {spelling}: {problem}");
                normal.ShouldBe(e164);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Never_throws_and_never_yields_anything_but_E164()
    {
        var country = Gen.Elements("", "PL", "DE", "US", "RU", "IT", "XX");
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), country.ToArbitrary(), (written, where) =>
        {
            if (PhoneNumber.TryNormalise(written ?? "", where, out var normal, out _))
                normal.ShouldMatch("^\\+[1-9][0-9]{6,14}\\z");
        }).QuickCheckThrowOnFailure();
    }
}
