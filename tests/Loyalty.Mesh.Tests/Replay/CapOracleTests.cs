using Loyalty.Mesh.Replay;

namespace Loyalty.Mesh.Tests.Replay;

public sealed class CapOracleTests
{
    private static readonly DateTimeOffset Start = new(1997, 1, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Counts_the_most_that_one_person_got_in_any_window()
    {
        var oracle = new CapOracle();
        foreach (var day in (int[])[0, 6, 7, 8])
            oracle.Receive("a", $"a{day}", Start.AddDays(day));
        oracle.Receive("b", "b0", Start.AddDays(7));

        oracle.MostWithin(TimeSpan.FromDays(7)).ShouldBe(3);
        oracle.Received.ShouldBe(5);
        oracle.Repeated.ShouldBe(0);
    }

    [Fact]
    public void A_window_is_open_at_its_old_end()
    {
        var oracle = new CapOracle();
        oracle.Receive("a", "1", Start);
        oracle.Receive("a", "2", Start.AddDays(7));

        oracle.MostWithin(TimeSpan.FromDays(7)).ShouldBe(1);
        oracle.MostWithin(TimeSpan.FromDays(7) + TimeSpan.FromMicroseconds(1)).ShouldBe(2);
    }

    [Fact]
    public void Sees_the_same_mailing_twice()
    {
        var oracle = new CapOracle();
        oracle.Receive("a", "1", Start);
        oracle.Receive("a", "1", Start.AddMonths(2));

        oracle.Repeated.ShouldBe(1);
    }
}
