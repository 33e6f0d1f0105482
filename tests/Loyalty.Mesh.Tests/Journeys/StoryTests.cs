using Loyalty.Mesh.Stories;
using Loyalty.Mesh.Tests.Deployments;
using Spectre.Console;

namespace Loyalty.Mesh.Tests.Journeys;

/// <summary>Each story twice: in the mesh, and as four processes on real servers.</summary>
public sealed class StoryTests
{
    public static TheoryData<int> Numbers => [.. Story.All.Select(story => story.Number)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Holds_in_the_mesh(int story)
    {
        await using var deployment = await MeshDeployment.StartAsync();
        await PlayAsync(story, deployment);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Holds_over_four_processes(int story)
    {
        await using var deployment = await FourProcesses.StartAsync();
        await PlayAsync(story, deployment);
    }

    private static async Task PlayAsync(int number, Deployment deployment)
    {
        var told = new StringWriter();
        var teller = new StoryTeller(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(told), Ansi = AnsiSupport.No }));
        try
        {
            await Story.All.Single(story => story.Number == number).PlayAsync(deployment.Stage(teller));
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine(told.ToString());
            foreach (var (name, process) in deployment.Processes)
                TestContext.Current.TestOutputHelper?.WriteLine($"--- {name}\n{string.Join('\n', process.Lines.TakeLast(60))}");
            throw;
        }

        teller.Held.ShouldBePositive();
        teller.Broken.ShouldBe(0, told.ToString());
    }
}
