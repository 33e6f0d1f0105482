using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class AllocationTests
{
    /// <summary>Thirty sends in a month, none of which stops the next mailing.</summary>
    private static Recipient Busy(string? zone, string? country) => Some.Recipient(
        Some.Person() with { Place = new Place(zone, country, null) },
        Some.Sent(Some.Thanks(), [.. Enumerable.Range(1, 30).Select(i => Some.Noon - i * 23 * Instants.Hour)]));

    [Theory]
    [InlineData("Europe/Berlin", null)]
    [InlineData(null, "US")]
    public void Deciding_over_thirty_sends_allocates_nothing(string? zone, string? country)
    {
        var recipient = Busy(zone, country);
        var mailing = Some.Promotion();
        var at = Some.At("2026-11-21T19:30:00Z");
        var bytes = AllocatedBy(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                Gate.Decide(recipient, mailing, [], Some.Visit(at + i), out var decision);
                if (decision.Kind != DecisionKind.Send)
                    throw new InvalidOperationException("all rules were to pass");
            }
        });
        bytes.ShouldBe(0);
    }

    [Fact]
    public void Planning_a_line_with_holds_allocates_nothing()
    {
        var recipient = Busy("America/New_York", null);
        Mailing[] line = [Some.Service(1), Some.Thanks(2), Some.OpinionAsk(3), Some.Promotion(4), Some.Promotion(5), Some.Promotion(6)];
        var decisions = new Decision[line.Length];
        var visit = Some.Visit(Some.At("2026-11-21T04:00:00Z"));
        AllocatedBy(() =>
        {
            for (var i = 0; i < 50; i++)
                Gate.DecideLine(recipient, line, visit, decisions);
        }).ShouldBe(0);
        decisions.ShouldAllBe(decision => decision.Kind == DecisionKind.Defer);
    }

    private static long AllocatedBy(Action action)
    {
        // The first runs read the zones and compile; what stays is the cost of deciding.
        for (var warm = 0; warm < 3; warm++)
            action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
