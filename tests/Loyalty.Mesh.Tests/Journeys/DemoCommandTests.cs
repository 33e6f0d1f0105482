using Loyalty.Mesh.Stories;
using Spectre.Console;

namespace Loyalty.Mesh.Tests.Journeys;

/// <summary>The demo's exit code is a promise: 0 only if every check held.</summary>
public sealed class DemoCommandTests
{
    private readonly StringWriter _told = new();

    [Fact]
    public async Task Ends_with_0_when_every_check_held() =>
        (await PlayAsync(Checks(true, true))).ShouldBe(0);

    [Fact]
    public async Task Ends_with_1_when_one_check_of_one_story_broke()
    {
        (await PlayAsync(Checks(true, false), Checks(true))).ShouldBe(1);
        _told.ToString().ShouldContain("2 checks held, 1 broken");
    }

    [Fact]
    public async Task Ends_with_1_when_a_story_waits_in_vain_and_tells_the_next_one_all_the_same()
    {
        (await PlayAsync(Of(_ => throw new TimeoutException("nobody came")), Checks(true))).ShouldBe(1);
        _told.ToString().ShouldContain("nobody came");
        _told.ToString().ShouldContain("1 checks held, 1 broken");
    }

    [Fact]
    public async Task Ends_with_1_when_nothing_was_checked() =>
        (await PlayAsync(Checks())).ShouldBe(1);

    [Fact]
    public async Task Ends_with_2_when_there_is_no_such_story() =>
        (await DemoCommand.RunAsync(99, TestContext.Current.CancellationToken)).ShouldBe(2);

    private Task<int> PlayAsync(params Story[] stories) =>
        DemoCommand.PlayAsync(
            stories, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_told), Ansi = AnsiSupport.No }), TestContext.Current.CancellationToken);

    private static Story Checks(params bool[] checks) => Of(stage =>
    {
        foreach (var held in checks)
            stage.Teller.Check("a promise", held);
        return Task.CompletedTask;
    });

    private static Story Of(Func<Stage, Task> play) => new(0, "A story of the test's own", play);
}
