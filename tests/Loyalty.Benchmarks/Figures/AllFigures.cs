namespace Loyalty.Benchmarks.Figures;

/// <summary>What can be measured, in the order in which it is.</summary>
internal static class AllFigures
{
    private static readonly Dictionary<string, Func<Amounts, IFigure>> ByName = new(StringComparer.Ordinal)
    {
        ["decide"] = amounts => new DecideFigure(amounts),
        ["mesh"] = amounts => new MeshFigure(amounts),
        ["attention"] = amounts => new AttentionFigure(amounts),
        ["mailings"] = amounts => new MailingsFigure(amounts),
        ["events"] = amounts => new EventsFigure(amounts),
    };

    public static IReadOnlyCollection<string> Names => ByName.Keys;

    public static IFigure Create(string name, Amounts amounts) => ByName[name](amounts);
}
