using Spectre.Console;

namespace Loyalty.Mesh.Stories;

/// <summary><c>demo</c>: plays the stories against a mesh of its own, and says whether every check held.</summary>
internal static class DemoCommand
{
    public static async Task<int> RunAsync(int? number, CancellationToken cancellationToken)
    {
        var stories = Story.All.Where(story => number is null || story.Number == number).ToList();
        if (stories.Count == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]There is no story {number}.[/] There are {string.Join(", ", Story.All.Select(story => story.Number))}.");
            return 2;
        }

        return await PlayAsync(stories, AnsiConsole.Console, cancellationToken);
    }

    /// <summary>The exit code: 0 only if there were checks and every one held.</summary>
    public static async Task<int> PlayAsync(IReadOnlyList<Story> stories, IAnsiConsole console, CancellationToken cancellationToken)
    {
        await using var mesh = await TemporaryMesh.StartAsync("demo", configure: null, cancellationToken);
        var teller = new StoryTeller(console);
        teller.Say($"All four services run in this process, on a virtual clock that shows {StoryTeller.Local(mesh.Clock.Now)}. Everything goes through gRPC.");
        foreach (var story in stories)
        {
            teller.Begin($"Story {story.Number}. {story.Title}");
            try
            {
                await story.PlayAsync(new Stage(mesh.Clients, mesh.Clock, teller, cancellationToken));
            }
            catch (Exception broken) when (broken is TimeoutException or Grpc.Core.RpcException)
            {
                teller.Check($"the story came to its end: {broken.Message}", held: false);
            }
        }

        teller.Begin("The end");
        teller.Say($"{stories.Count} {(stories.Count == 1 ? "story" : "stories")}, {teller.Held} checks held, {teller.Broken} broken.");
        return teller is { Held: > 0, Broken: 0 } ? 0 : 1;
    }
}
