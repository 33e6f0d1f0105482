using System.Globalization;
using Loyalty.Communications.Delivery;
using Loyalty.Communications.Throttling;
using Loyalty.Mesh.Stories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Spectre.Console;

namespace Loyalty.Mesh.Replay;

/// <summary><c>replay FILE</c>: what the gate would have done to real people.</summary>
internal static class ReplayCommand
{
    /// <summary>Bad lines that are listed one by one; the rest is counted.</summary>
    private const int ListedBadLines = 20;

    public static async Task<int> RunAsync(FileInfo file, CancellationToken cancellationToken)
    {
        PurchaseHistory history;
        using (var reader = file.OpenText())
            history = await PurchaseHistory.ReadAsync(reader, cancellationToken);
        foreach (var line in history.BadLines.Take(ListedBadLines))
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[yellow]line {line.Number} left out:[/] {line.Reason}");
        if (history.BadLines.Count > ListedBadLines)
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[yellow]and {history.BadLines.Count - ListedBadLines} more lines left out[/]");
        if (history.Purchases.Count == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]No purchases in {file.Name}.[/] Each line wants customer,date,amount,currency, for instance 00004,1997-01-18,29.73,USD.");
            return 2;
        }

        var outcome = await AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask($"{history.Purchases.Count:N0} purchases from {history.Purchases[0].Date:yyyy-MM-dd} to {history.Purchases[^1].Date:yyyy-MM-dd}");
                return await PlayAsync(history, (done, of) => bar.Value = 100.0 * done / of, cancellationToken);
            });
        outcome.Print(AnsiConsole.Console);
        return outcome.CapsHeld ? 0 : 1;
    }

    /// <summary>Plays a history against a mesh of its own.</summary>
    public static async Task<ReplayOutcome> PlayAsync(PurchaseHistory history, Action<int, int> progress, CancellationToken cancellationToken)
    {
        ReceivedMail? mail = null;
        var start = new DateTimeOffset(history.Purchases[0].Date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        await using var mesh = await TemporaryMesh.StartAsync(
            "replay",
            (services, clock) =>
            {
                mail = new ReceivedMail(clock);
                services.RemoveAll<IMailTransport>();
                services.AddSingleton<IMailTransport>(mail);
            },
            cancellationToken,
            start);
        var outcome = new ReplayOutcome { CapIn7Days = CapWithin(7), CapIn30Days = CapWithin(30) };
        var replayer = new Replayer(mesh.Clients, mesh.Clock, mail!, mesh.SettleAsync, outcome); // StartAsync ran the configuration
        await replayer.PlayAsync(history, progress, cancellationToken);
        return outcome;
    }

    /// <summary>The cap over all channels of the policy that a temporary mesh runs on: the default.</summary>
    private static int CapWithin(int days) =>
        Policy.Default.Caps.Single(cap => cap.Channel is null && cap.Window == days * Instants.Day).Count;
}
