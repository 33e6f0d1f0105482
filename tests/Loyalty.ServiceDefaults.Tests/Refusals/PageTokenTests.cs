using FsCheck;
using FsCheck.Fluent;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;

namespace Loyalty.ServiceDefaults.Tests.Refusals;

public sealed class PageTokenTests
{
    private static readonly byte[] Filter = PageToken.FilterOf(new SayRequest { Text = "all of it" });

    [Fact]
    public void A_token_brings_back_where_to_go_on()
    {
        var id = Guid.CreateVersion7();
        var at = new DateTimeOffset(2026, 11, 21, 8, 30, 0, TimeSpan.Zero).AddMicroseconds(7);

        var position = PageToken.Decode(Filter, PageToken.Encode(Filter, at, id, 7L, "ü, \"")).ShouldNotBeNull();

        (position.Instant(0), position.Id(1), position.Number(2), position.Text(3)).ShouldBe((at, id, 7L, "ü, \""));
    }

    [Fact]
    public void The_first_page_has_no_token() => PageToken.Decode(Filter, "").ShouldBeNull();

    [Fact]
    public void The_filter_is_everything_but_page_size_and_token()
    {
        PageToken.FilterOf(new SayRequest { Text = "all of it", PageSize = 5, PageToken = "x" }).ShouldBe(Filter);
        PageToken.FilterOf(new SayRequest { Text = "some of it" }).ShouldNotBe(Filter);
        PageToken.FilterOf(new RepeatRequest { Text = "all of it" }).ShouldNotBe(Filter);
    }

    [Fact]
    public void A_token_of_another_filter_is_refused() =>
        Refused(() => PageToken.Decode(PageToken.FilterOf(new SayRequest { Text = "some of it" }), PageToken.Encode(Filter, 7)));

    [Theory]
    [InlineData("!")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Rubbish_is_refused(string token) => Refused(() => PageToken.Decode(Filter, token));

    [Fact]
    public void A_value_of_another_kind_is_refused()
    {
        var position = PageToken.Decode(Filter, PageToken.Encode(Filter, "x")).ShouldNotBeNull();
        Refused(() => position.Number(0));
        Refused(() => position.Id(0));
        Refused(() => position.Instant(0));
        Refused(() => position.Text(1));
    }

    [Fact]
    public void One_changed_character_is_refused() =>
        Prop.ForAll<int, byte>((place, change) =>
        {
            var token = PageToken.Encode(Filter, "a position", 4711).ToCharArray();
            var index = (int)((uint)place % token.Length);
            var other = "ABCDEFabcdef0123"[change % 16];
            if (other == token[index])
                return true;
            token[index] = other;
            try
            {
                // base64url may ignore the last bits: then it is the same token in other letters.
                return PageToken.Decode(Filter, new string(token))?.Text(0) == "a position" && index == token.Length - 1;
            }
            catch (Refusal)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();

    private static void Refused(Func<object?> act) => Should.Throw<Refusal>(act).Reason.ShouldBe("PAGE_TOKEN_FOREIGN");
}
