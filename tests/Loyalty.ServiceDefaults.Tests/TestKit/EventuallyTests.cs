using System.Diagnostics;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.TestKit;

public sealed class EventuallyTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Returns_the_first_observation_that_holds()
    {
        var count = 0;
        (await Eventually.ReachesAsync(() => ++count, seen => seen >= 3)).ShouldBe(3);
    }

    [Fact]
    public async Task Fails_with_the_condition_and_the_last_observation()
    {
        var failure = await Assert.ThrowsAsync<ShouldAssertException>(() => Eventually.ReachesAsync(() => 41, seen => seen == 42, Short));
        failure.Message.ShouldContain("seen => seen == 42");
        failure.Message.ShouldContain("Last observed: 41");
    }

    [Fact]
    public async Task Fails_at_the_deadline_when_the_observation_hangs()
    {
        var start = Stopwatch.GetTimestamp();
        var failure = await Assert.ThrowsAsync<ShouldAssertException>(() => Eventually.ReachesAsync(() => new TaskCompletionSource<int>().Task, _ => true, Short));
        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        failure.Message.ShouldContain("did not return");
    }

    [Fact]
    public async Task Repeats_assertions_and_fails_as_the_last_one_did()
    {
        var tries = 0;
        await Eventually.PassesAsync(() =>
        {
            (++tries).ShouldBeGreaterThan(2);
            return Task.CompletedTask;
        });
        var failure = await Assert.ThrowsAsync<ShouldAssertException>(() => Eventually.PassesAsync(() => throw new InvalidOperationException("still broken"), Short));
        failure.Message.ShouldContain("still broken");
    }
}
