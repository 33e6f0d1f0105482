using System.Globalization;
using Loyalty.Communications.V1;
using Spectre.Console;

namespace Loyalty.Mesh.Stories;

/// <summary>Tells a story in plain words and keeps count of its checks.</summary>
internal sealed class StoryTeller(IAnsiConsole console)
{
    public int Held { get; private set; }

    public int Broken { get; private set; }

    public void Begin(string title) => console.Write(new Rule($"[bold]{Markup.Escape(title)}[/]").LeftJustified());

    public void Say(string sentence) => console.MarkupLineInterpolated($"  {sentence}");

    /// <summary>A thing that the story promises. It is told either way; a broken one fails the whole run.</summary>
    public void Check(string promise, bool held)
    {
        if (held)
            Held++;
        else
            Broken++;
        console.MarkupLine($"  {(held ? "[green]✓[/]" : "[red]✗ BROKEN:[/]")} {Markup.Escape(promise)}");
    }

    /// <summary>What the gate said, with every rule that did not simply pass.</summary>
    public void Decision(string mailing, Decision decision)
    {
        var verdict = decision.Outcome switch
        {
            Communications.V1.Decision.Types.Outcome.Send => "[green]send[/]",
            Communications.V1.Decision.Types.Outcome.Defer when decision.EarliestAt is { } at => $"[yellow]defer[/] until {Local(at.ToDateTimeOffset())}",
            Communications.V1.Decision.Types.Outcome.Defer => $"[yellow]defer[/] until {Markup.Escape(string.Join(", ", decision.WaitsFor))}",
            _ => $"[red]decline[/] ({Markup.Escape(decision.Reason)})",
        };
        console.MarkupLine($"  [grey]the gate on[/] {Markup.Escape(mailing)}: {verdict}");
        foreach (var rule in decision.Verdicts.Where(rule => rule.Outcome != RuleVerdict.Types.Outcome.Pass))
            console.MarkupLineInterpolated($"      [grey]{rule.Rule}:[/] {rule.Observed}{(rule.Limit.Length > 0 ? $" (limit {rule.Limit})" : "")}{From(rule)}");
    }

    public static string Local(DateTimeOffset at) => at.ToString("ddd d MMM HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string From(RuleVerdict rule) => rule.PassesAt is { } at ? $", passes at {Local(at.ToDateTimeOffset())}" : "";
}
