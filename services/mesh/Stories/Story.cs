namespace Loyalty.Mesh.Stories;

/// <summary>One of the stories that must work, numbered as in the product's list.</summary>
internal sealed record Story(int Number, string Title, Func<Stage, Task> PlayAsync)
{
    public static IReadOnlyList<Story> All { get; } =
    [
        new(1, "The stolen wallet: known by any card", StolenWallet.PlayAsync),
        new(9, "The quiet helper", QuietHelper.PlayAsync),
        new(10, "A week of too many mailings", TooManyMailings.PlayAsync),
    ];
}
