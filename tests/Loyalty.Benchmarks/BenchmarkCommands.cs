using System.CommandLine;
using BenchmarkDotNet.Running;
using Loyalty.Benchmarks.Figures;

namespace Loyalty.Benchmarks;

/// <summary>The command line: its table of contents.</summary>
internal static class BenchmarkCommands
{
    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Measures Loyalty, each figure beside the most that this machine could do (its ceiling), in the same run.") { FiguresVerb(), Micro() };
        return root.Parse(args).InvokeAsync(cancellationToken: CancellationToken.None);
    }

    private static Command FiguresVerb()
    {
        var names = string.Join(", ", AllFigures.Names);
        var filter = new Argument<string?>("figure") { Description = $"Only figures whose name contains this: {names}.", Arity = ArgumentArity.ZeroOrOne };
        var rounds = Number("--rounds", 5, 1, 1_000, "How often each side is measured; sides take turns in going first.");
        var seconds = Number("--seconds", 10, 1, 3_600, "How long a side that is measured by time takes per round.");
        var people = Number("--people", 5_000, 20, 1_000_000, "How many people get a mailing in each round.");
        var sessions = Number("--sessions", 100, 1, 500, "How many SMTP sessions mailings leave over; a service's own default is 8.");
        var events = Number("--events", 10_000, 100, 10_000_000, "How many events go through in each round.");
        var json = new Option<FileInfo?>("--json") { Description = "Also writes every value to this file." };
        var figures = new Command("figures", "Measures and prints a table: median, least and most over the rounds, beside the ceiling.") { filter, rounds, seconds, people, sessions, events, json };
        figures.SetAction((parsed, cancellationToken) => FiguresCommand.RunAsync(
            parsed.GetValue(filter),
            new Amounts(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(people), parsed.GetValue(sessions), parsed.GetValue(events)),
            parsed.GetValue(json),
            cancellationToken));
        return figures;
    }

    private static Command Micro()
    {
        var micro = new Command("micro", "Measures one decision with BenchmarkDotNet.");
        micro.SetAction(_ =>
        {
            BenchmarkRunner.Run<DecideBenchmark>();
        });
        return micro;
    }

    private static Option<int> Number(string name, int fallback, int least, int most, string description)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => fallback };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
                result.AddError($"{name} must be {least} to {most}, not {value}.");
        });
        return option;
    }
}
