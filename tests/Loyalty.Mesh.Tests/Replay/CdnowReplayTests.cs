using System.Globalization;
using Loyalty.Mesh.Replay;
using Loyalty.TestKit;
using Spectre.Console;

namespace Loyalty.Mesh.Tests.Replay;

/// <summary>Eighteen months of real people through the gate: the public 1/10 sample of the CDNOW data set (Hardie and Fader).</summary>
public sealed class CdnowReplayTests
{
    [Fact]
    public async Task Holds_every_cap_for_two_thousand_real_customers()
    {
        var sample = Path.Combine(Repository.Root, "..", "shared", "data", "cdnow-sample.txt");
        Assert.SkipUnless(File.Exists(sample), "The CDNOW sample (shared/data/cdnow-sample.txt beside the checkout) is not there.");

        var history = await PurchaseHistory.ReadAsync(new StringReader(await ToCsvAsync(sample)), TestContext.Current.CancellationToken);
        history.BadLines.ShouldBeEmpty();
        var outcome = await ReplayCommand.PlayAsync(history, (_, _) => { }, TestContext.Current.CancellationToken);

        var table = new StringWriter();
        outcome.Print(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(table), Ansi = AnsiSupport.No }));
        TestContext.Current.TestOutputHelper?.WriteLine(table.ToString());
        outcome.Customers.ShouldBe(2_357);
        outcome.Purchases.ShouldBe(6_919);
        outcome.MostIn7Days.ShouldBe(outcome.CapIn7Days, "the teams press against the cap, so it is reached and never exceeded");
        outcome.MostIn30Days.ShouldBe(outcome.CapIn30Days);
        outcome.Repeated.ShouldBe(0);
        outcome.Unaccounted.ShouldBe(0);
        outcome.Received.ShouldBe(outcome.Sent);
        outcome.CapsHeld.ShouldBeTrue();
    }

    /// <summary>From the sample's columns (full id, sample id, YYYYMMDD, number of CDs, dollars) to what <c>replay</c> reads.</summary>
    private static async Task<string> ToCsvAsync(string sample)
    {
        var csv = new StringWriter(CultureInfo.InvariantCulture);
        await csv.WriteLineAsync("customer,date,amount,currency");
        foreach (var line in await File.ReadAllLinesAsync(sample, TestContext.Current.CancellationToken))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 5)
                await csv.WriteLineAsync($"{fields[1]},{fields[2][..4]}-{fields[2][4..6]}-{fields[2][6..]},{fields[4]},USD");
        }

        return csv.ToString();
    }
}
