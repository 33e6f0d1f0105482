using Loyalty.Mesh.Replay;

namespace Loyalty.Mesh.Tests.Replay;

public sealed class PurchaseHistoryTests
{
    [Fact]
    public async Task Reads_purchases_by_date_and_passes_over_heading_comments_and_empty_lines()
    {
        var history = await ReadAsync("customer,date,amount,currency\n# a comment\n\nb,1997-02-01,0,USD\na,1997-01-18,29.73,USD\n");

        history.BadLines.ShouldBeEmpty();
        history.Purchases.ShouldBe([new Purchase("a", new DateOnly(1997, 1, 18), 29.73m, "USD"), new Purchase("b", new DateOnly(1997, 2, 1), 0, "USD")]);
    }

    [Theory]
    [InlineData("a,1997-01-18,29.73", "fields")]
    [InlineData(",1997-01-18,29.73,USD", "customer")]
    [InlineData("a b,1997-01-18,29.73,USD", "customer")]
    [InlineData("a,18.01.1997,29.73,USD", "date")]
    [InlineData("a,1997-02-30,29.73,USD", "date")]
    [InlineData("a,1969-12-31,29.73,USD", "date")]
    [InlineData("a,1997-01-18,-1,USD", "amount")]
    [InlineData("a,1997-01-18,1e3,USD", "amount")]
    [InlineData("a,1997-01-18,1000000001,USD", "amount")]
    [InlineData("a,1997-01-18,29.73,usd", "currency")]
    public async Task Leaves_out_a_bad_line_with_its_number_and_what_would_be_right(string line, string named)
    {
        var history = await ReadAsync($"ok,1997-01-01,1.00,USD\n{line}\nok,1997-01-02,1.00,USD");

        history.Purchases.Count.ShouldBe(2);
        var bad = history.BadLines.ShouldHaveSingleItem();
        bad.Number.ShouldBe(2);
        bad.Reason.ShouldContain(named);
    }

    private static Task<PurchaseHistory> ReadAsync(string text) => PurchaseHistory.ReadAsync(new StringReader(text), TestContext.Current.CancellationToken);
}
