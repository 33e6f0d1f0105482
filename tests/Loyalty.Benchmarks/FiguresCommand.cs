using System.Globalization;
using System.Text.Json;
using Loyalty.Benchmarks.Figures;
using Spectre.Console;

namespace Loyalty.Benchmarks;

/// <summary><c>figures</c>: measures all figures, or some, and prints what they came to.</summary>
internal static class FiguresCommand
{
    public static async Task<int> RunAsync(string? filter, Amounts amounts, FileInfo? json, CancellationToken cancellationToken)
    {
        var chosen = AllFigures.Names.Where(name => name.Contains(filter ?? "", StringComparison.OrdinalIgnoreCase)).ToList();
        if (chosen.Count == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]No figure is named like \"{filter}\".[/] There are {string.Join(", ", AllFigures.Names)}.");
            return 2;
        }

        Console.WriteLine(Machine.Line);
        var readings = new Readings();
        var failed = 0;
        foreach (var name in chosen)
        {
            try
            {
                await MeasureAsync(name, amounts, readings, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // One figure that cannot be had does not take the others along.
                failed++;
                AnsiConsole.MarkupLineInterpolated($"[red]{name} failed:[/] {e.Message}");
            }
        }

        Print(readings);
        if (json is not null)
            await WriteAsync(json, amounts, readings, cancellationToken);
        return failed == 0 ? 0 : 1;
    }

    private static async Task MeasureAsync(string name, Amounts amounts, Readings readings, CancellationToken cancellationToken)
    {
        await using var figure = AllFigures.Create(name, amounts);
        Console.WriteLine($"{name}: preparing");
        await figure.PrepareAsync(cancellationToken);
        for (var round = 0; round < amounts.Rounds; round++)
        {
            Console.WriteLine($"{name}: round {round + 1} of {amounts.Rounds}");
            // Sides take turns in going first, so that neither always has the warmer machine.
            if (round % 2 == 0)
                await figure.MeasureAsync(readings, cancellationToken);
            await figure.MeasureCeilingAsync(readings, cancellationToken);
            if (round % 2 == 1)
                await figure.MeasureAsync(readings, cancellationToken);
        }
    }

    private static void Print(Readings readings)
    {
        var table = new Table().AddColumns("figure", "quantity", "ours", "least to most", "ceiling", "least to most", "ours : ceiling");
        foreach (var column in table.Columns.Skip(2))
            column.RightAligned();
        foreach (var (quantity, ours, ceiling) in readings.All)
        {
            var (our, their) = (Spread.Of(ours), Spread.Of(ceiling));
            table.AddRow(
                quantity.Figure, $"{quantity.What}, {quantity.Unit}", Median(our), Range(our), $"{Median(their)} {quantity.Ceiling}".Trim(), Range(their),
                our is null || their is null or { Median: 0 } ? "" : (our.Median / their.Median).ToString("0.00", CultureInfo.InvariantCulture));
        }

        AnsiConsole.Write(table);
    }

    private static string Median(Spread? spread) => spread is null ? "" : Number(spread.Median);

    private static string Range(Spread? spread) => spread is null ? "" : $"{Number(spread.Least)} to {Number(spread.Most)}";

    private static string Number(double value) => value.ToString(Math.Abs(value) < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    private static async Task WriteAsync(FileInfo file, Amounts amounts, Readings readings, CancellationToken cancellationToken)
    {
        var document = new
        {
            Machine = Machine.Line,
            Amounts = new { amounts.Rounds, amounts.Span.TotalSeconds, amounts.People, amounts.Sessions, amounts.Events },
            Figures = readings.All.Select(reading => new
            {
                reading.Quantity.Figure,
                reading.Quantity.What,
                reading.Quantity.Unit,
                CeilingIs = reading.Quantity.Ceiling,
                reading.Ours,
                reading.Ceiling,
                OursSpread = Spread.Of(reading.Ours),
                CeilingSpread = Spread.Of(reading.Ceiling),
            }),
        };
        await using var stream = file.Create();
        await JsonSerializer.SerializeAsync(stream, document, JsonLayout, cancellationToken);
    }

    private static readonly JsonSerializerOptions JsonLayout = new(JsonSerializerDefaults.Web) { WriteIndented = true };
}
