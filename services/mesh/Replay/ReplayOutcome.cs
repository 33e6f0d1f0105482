using Spectre.Console;

namespace Loyalty.Mesh.Replay;

/// <summary>What the gate did in a replay, and what the oracle found.</summary>
internal sealed class ReplayOutcome
{
    public int Customers { get; set; }

    public int Purchases { get; set; }

    public int Submitted { get; set; }

    public int Sent { get; set; }

    /// <summary>Mailings that were answered with a deferral when they were submitted.</summary>
    public int Deferred { get; set; }

    /// <summary>Deferred mailings that were sent later.</summary>
    public int DeferredAndSent { get; set; }

    /// <summary>Ends other than SENT, by state and reason.</summary>
    public SortedDictionary<string, int> NotSent { get; } = new(StringComparer.Ordinal);

    /// <summary>How often each rule held or forbade at submission.</summary>
    public SortedDictionary<string, int> HeldByRule { get; } = new(StringComparer.Ordinal);

    /// <summary>From submission to arrival, for deferred mailings that were sent.</summary>
    public List<TimeSpan> Waits { get; } = [];

    public int MostIn7Days { get; set; }

    public int MostIn30Days { get; set; }

    public int Repeated { get; set; }

    public int Received { get; set; }

    /// <summary>What is accepted and neither sent, nor ended otherwise: nothing may be left over.</summary>
    public int Unaccounted => Submitted - Sent - NotSent.Values.Sum();

    /// <summary>The caps of the policy that was in force.</summary>
    public required int CapIn7Days { get; init; }

    public required int CapIn30Days { get; init; }

    public bool CapsHeld => MostIn7Days <= CapIn7Days && MostIn30Days <= CapIn30Days && Repeated == 0 && Received == Sent && Unaccounted == 0;

    public void Print(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("what the gate did").AddColumn(new TableColumn("").RightAligned());
        Row(table, "customers", Customers);
        Row(table, "purchases", Purchases);
        Row(table, "mailings submitted", Submitted);
        Row(table, "sent", Sent);
        Row(table, "answered with a deferral", Deferred);
        Row(table, "  of these sent later", DeferredAndSent);
        foreach (var (percent, label) in ((double, string)[])[(0.5, "half of them within"), (0.9, "nine in ten within"), (1, "the longest wait")])
            table.AddRow($"    {label}", Waits.Count == 0 ? "-" : $"{Percentile(percent).TotalDays:0.0} d");
        foreach (var (end, count) in NotSent)
            Row(table, $"not sent: {end}", count);
        foreach (var (rule, count) in HeldByRule)
            Row(table, $"held or forbidden by {rule}", count);
        console.Write(table);

        var oracle = new Table().Border(TableBorder.Rounded).AddColumn("what people received (counted apart from the gate)").AddColumn("most").AddColumn("cap");
        oracle.AddRow("mails received", $"{Received:N0}", $"{Sent:N0} sent");
        oracle.AddRow("by one person in any 7 days", $"{MostIn7Days}", $"{CapIn7Days}");
        oracle.AddRow("by one person in any 30 days", $"{MostIn30Days}", $"{CapIn30Days}");
        oracle.AddRow("the same mailing twice", $"{Repeated}", "0");
        oracle.AddRow("accepted and unaccounted for", $"{Unaccounted}", "0");
        console.Write(oracle);
        console.MarkupLine(CapsHeld ? "[green]✓ every cap held, nothing came twice, nothing is lost[/]" : "[red]✗ BROKEN: see the table[/]");
    }

    private static void Row(Table table, string what, int count) => table.AddRow(Markup.Escape(what), $"{count:N0}");

    private TimeSpan Percentile(double share)
    {
        Waits.Sort();
        return Waits[Math.Min(Waits.Count - 1, (int)(share * Waits.Count))];
    }
}
