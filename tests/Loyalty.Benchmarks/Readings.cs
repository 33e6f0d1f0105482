namespace Loyalty.Benchmarks;

/// <summary>What one figure is measured in.</summary>
internal sealed record Quantity(string Figure, string What, string Unit, string Ceiling);

/// <summary>Median, least and most of a side's rounds.</summary>
internal sealed record Spread(double Median, double Least, double Most)
{
    public static Spread? Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return null;
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>Every value of every round.</summary>
internal sealed class Readings
{
    private readonly Dictionary<Quantity, (List<double> Ours, List<double> Ceiling)> _values = [];

    public IEnumerable<(Quantity Quantity, IReadOnlyList<double> Ours, IReadOnlyList<double> Ceiling)> All =>
        _values.Select(entry => (entry.Key, (IReadOnlyList<double>)entry.Value.Ours, (IReadOnlyList<double>)entry.Value.Ceiling));

    public void Ours(Quantity quantity, double value) => Of(quantity).Ours.Add(value);

    public void Ceiling(Quantity quantity, double value) => Of(quantity).Ceiling.Add(value);

    private (List<double> Ours, List<double> Ceiling) Of(Quantity quantity)
    {
        if (!_values.TryGetValue(quantity, out var values))
            _values[quantity] = values = ([], []);
        return values;
    }
}
