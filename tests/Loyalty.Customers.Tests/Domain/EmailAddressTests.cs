using Loyalty.Customers.Domain;

namespace Loyalty.Customers.Tests.Domain;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("Anna.Nowak@Example.COM", "Anna.Nowak@example.com")]
    [InlineData("  anna+shop@example.com ", "anna+shop@example.com")]
    [InlineData("kontakt@Żółć.pl", "kontakt@xn--kda4b0koi.pl")]
    [InlineData("josé@bücher.example", "josé@xn--bcher-kva.example")]
    [InlineData("o'neill@example.co.uk", "o'neill@example.co.uk")]
    [InlineData("a@xn--bcher-kva.example", "a@xn--bcher-kva.example")]
    public void Keeps_the_local_part_and_brings_the_domain_into_ascii(string written, string address)
    {
        EmailAddress.TryNormalise(written, out var normal, out var problem).ShouldBeTrue(problem);
        normal.ShouldBe(address);
        EmailAddress.TryNormalise(normal, out var again, out _).ShouldBeTrue();
        again.ShouldBe(normal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("anna")]
    [InlineData("@example.com")]
    [InlineData("anna@")]
    [InlineData("anna@localhost")]
    [InlineData("anna@example..com")]
    [InlineData("anna@-example.com")]
    [InlineData("anna@127.0.0.1")]
    [InlineData("anna@[127.0.0.1]")]
    [InlineData(".anna@example.com")]
    [InlineData("an..na@example.com")]
    [InlineData("anna nowak@example.com")]
    [InlineData("\"anna\"@example.com")]
    [InlineData("anna@example.com\r\nBcc: all@example.com")]
    [InlineData("anna\u0000@example.com")]
    [InlineData("anna@exa_mple.com")]
    [InlineData("anna@bu\u0308cher.example")] // u and a combining diaeresis: would become another domain than ü
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com")] // 65 octets
    public void Refuses_what_no_mail_could_reach(string written)
    {
        EmailAddress.TryNormalise(written, out var normal, out var problem).ShouldBeFalse();
        normal.ShouldBeEmpty();
        problem.ShouldStartWith("must ");
    }
}
