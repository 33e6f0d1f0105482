using FsCheck;
using FsCheck.Fluent;
using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class IdentifierTests
{
    [Fact]
    public void A_card_is_its_digits()
    {
        CardNumber.TryNormalise("7992 7398-713", luhn: true, out var digits, out _).ShouldBeTrue();
        digits.ShouldBe("79927398713");
    }

    [Theory]
    [InlineData("")]
    [InlineData("123")]
    [InlineData("1234x")]
    [InlineData("123456789012345678901234567890123")]
    public void A_card_that_is_no_number_is_refused(string written) =>
        CardNumber.TryNormalise(written, luhn: false, out _, out _).ShouldBeFalse();

    [Fact]
    public void The_check_digit_counts_only_where_cards_carry_one()
    {
        CardNumber.TryNormalise("79927398710", luhn: true, out _, out var problem).ShouldBeFalse();
        problem.ShouldContain("Luhn");
        CardNumber.TryNormalise("79927398710", luhn: false, out _, out _).ShouldBeTrue();
    }

    [Fact]
    public void Luhn_notices_every_wrong_digit_and_exactly_one_check_digit_fits()
    {
        var cards = Gen.Choose(0, 9).ArrayOf(15).Select(digits => string.Concat(digits));
        Prop.ForAll(cards.ToArbitrary(), Gen.Choose(0, 14).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (body, place, by) =>
        {
            var card = Enumerable.Range(0, 10).Select(check => $"{body}{check}").Where(CardNumber.PassesLuhn).ShouldHaveSingleItem();
            var wrong = card[..place] + (char)('0' + ((card[place] - '0' + by) % 10)) + card[(place + 1)..];
            CardNumber.PassesLuhn(wrong).ShouldBeFalse();
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Case_of_an_address_does_not_make_another_person_and_is_kept_for_writing_to_them()
    {
        var given = Read(IdentifierKind.Email, "Anna@Example.com");
        given.Value.ShouldBe("Anna@example.com");
        given.LookupValue.ShouldBe(Read(IdentifierKind.Email, "anna@example.com").LookupValue);
    }

    [Fact]
    public void An_external_id_belongs_to_its_system()
    {
        Read(IdentifierKind.External, "42", "shop").LookupValue.ShouldNotBe(Read(IdentifierKind.External, "42", "till").LookupValue);
        Read(IdentifierKind.External, "AbC", "shop").Value.ShouldBe("AbC");
    }

    [Theory]
    [InlineData((int)IdentifierKind.External, "42", "", "system")]
    [InlineData((int)IdentifierKind.External, "42", "My Shop", "system")]
    [InlineData((int)IdentifierKind.External, "4\n2", "shop", "value")]
    [InlineData((int)IdentifierKind.Card, "1234", "shop", "system")]
    [InlineData((int)IdentifierKind.Phone, "601234567", "", "value")]
    public void Names_the_field_that_is_wrong(int kind, string value, string system, string field)
    {
        Identifier.TryRead((IdentifierKind)kind, value, system, "", cardsCarryLuhn: false, out var identifier, out var wrong, out _).ShouldBeFalse();
        identifier.ShouldBeNull();
        wrong.ShouldBe(field);
    }

    private static Identifier Read(IdentifierKind kind, string value, string system = "")
    {
        Identifier.TryRead(kind, value, system, "", cardsCarryLuhn: false, out var identifier, out _, out var problem).ShouldBeTrue(problem);
        return identifier.ShouldNotBeNull();
    }
}
