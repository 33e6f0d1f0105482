using System.CommandLine;
using Loyalty.Mesh.Replay;
using Loyalty.Mesh.Stories;
using Loyalty.ServiceDefaults.Hosting;

namespace Loyalty.Mesh;

/// <summary>The command line of the mesh: its table of contents.</summary>
internal static class MeshCommands
{
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Loyalty in one process: all four services on SQLite, an in-memory bus and no Redis, on loopback. Mail goes into a folder unless Smtp__Host is set.");
        var data = new Option<string?>("--data") { Description = "The folder for databases, keys and mail; kept between runs. Default: loyalty in your local application data." };
        root.Options.Add(data);
        root.SetAction((parsed, cancellationToken) => MeshHost.ServeAsync(parsed.GetValue(data), cancellationToken));

        root.Subcommands.Add(Demo());
        root.Subcommands.Add(Replay());
        (string Verb, string Description)[] upkeep =
        [
            ("schema", "Applies the schema scripts and exits."),
            ("failed", "failed list: lists events that could not be handled, and rest. failed replay [--id ID]: hands them to their handlers again."),
        ];
        foreach (var (verb, description) in upkeep)
        {
            var command = new Command(verb, description) { TreatUnmatchedTokensAsErrors = false };
            command.Options.Add(data);
            command.SetAction((parsed, _) => LoyaltyHost.RunAsync([verb, .. parsed.UnmatchedTokens], MeshHost.Settings(MeshHost.DataFolder(parsed.GetValue(data))), MeshHost.Modules()));
            root.Subcommands.Add(command);
        }

        var parsed = root.Parse(args);
        var configuration = new InvocationConfiguration();
        if (ReferenceEquals(parsed.CommandResult.Command, root))
            configuration.ProcessTerminationTimeout = null; // the host itself hears SIGTERM, drains for as long as it takes, and ends with 0
        return parsed.InvokeAsync(configuration, CancellationToken.None);
    }

    private static Command Demo()
    {
        var story = new Option<int?>("--story") { Description = "Play only this story, by its number." };
        var demo = new Command("demo", "Plays the stories through gRPC, in a temporary data folder and on a virtual clock. Exit code 0 only if every check held.") { story };
        demo.SetAction((parsed, cancellationToken) => DemoCommand.RunAsync(parsed.GetValue(story), cancellationToken));
        return demo;
    }

    private static Command Replay()
    {
        var file = new Argument<FileInfo>("file") { Description = "CSV with customer,date,amount,currency (dates YYYY-MM-DD; a heading is optional). Bad lines are reported and left out." };
        file.AcceptExistingOnly();
        var replay = new Command("replay", "Plays a real purchase history on the virtual clock: two teams mail a weekly and a daily offer, all through the gate; then says what the gate did.") { file };
        replay.SetAction((parsed, cancellationToken) => ReplayCommand.RunAsync(parsed.GetRequiredValue(file), cancellationToken));
        return replay;
    }
}
