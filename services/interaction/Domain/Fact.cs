using System.Globalization;

namespace Loyalty.Interactions.Domain;

/// <summary>What a source says happened. Two facts under one source id are the same when their content is.</summary>
internal sealed record Fact(Guid CustomerId, InteractionKind Kind, DateTimeOffset OccurredAt, Money? Value, string Text)
{
    /// <summary>
    /// All that the fact says, in one unambiguous line: what is kept of it is only a keyed hash. The text comes last, and nothing before
    /// it can hold a bar.
    /// </summary>
    public string Content() => string.Create(
        CultureInfo.InvariantCulture,
        $"{CustomerId:D}|{(int)Kind}|{OccurredAt.UtcTicks}|{Value?.Currency}|{Value?.Units}|{Value?.Nanos}|{Text}");
}
