using Loyalty.Interactions.Storage;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Interactions.Features;

/// <summary>Lists a person's timeline, newest first; a page starts after the last fact of the one before.</summary>
internal sealed class ListInteractions(Database database, PersonalValues values)
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;
    private const int MostKinds = 20;

    public async Task<V1.ListInteractionsResponse> HandleAsync(V1.ListInteractionsRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        var customerId = check.Id("customer_id", request.CustomerId);
        check.Range("page_size", request.PageSize, 0, LargestPage);
        check.Count("kinds", request.Kinds.Count, 0, MostKinds);
        foreach (var (kind, index) in request.Kinds.Take(MostKinds).Select((kind, index) => (kind, index)))
            check.Enum($"kinds[{index}]", kind);
        check.ThrowIfAny();
        var filter = PageToken.FilterOf(request);
        var after = PageToken.Decode(filter, request.PageToken);
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var args = new
        {
            customerId,
            kinds = request.Kinds.Select(kind => (int)kind).Distinct().ToArray(),
            occurredAt = after?.Instant(0) ?? DateTimeOffset.MaxValue,
            interactionId = after?.Id(1) ?? Guid.Empty,
            limit = size + 1,
        };

        return await database.ReadAsync(
            async session =>
            {
                var ofKinds = args.kinds.Length == 0 ? "" : session.Sql("AND kind = ANY(@kinds)", "AND kind IN @kinds");
                var rows = await session.QueryAsync<InteractionRow>(
                    $"""
                    SELECT {InteractionRow.Columns}
                    FROM interactions
                    WHERE customer_id = @customerId AND (occurred_at, interaction_id) < (@occurredAt, @interactionId) {ofKinds}
                    ORDER BY occurred_at DESC, interaction_id DESC
                    LIMIT @limit
                    """,
                    args);
                var page = rows.Take(size).ToList();
                var key = page.Exists(row => row.Text is not null) ? await values.KeyAsync(session, customerId) : null;
                return new V1.ListInteractionsResponse
                {
                    Interactions = { page.Select(row => row.ToWire(key)) },
                    NextPageToken = rows.Count > size ? PageToken.Encode(filter, page[^1].OccurredAt, page[^1].InteractionId) : "",
                };
            },
            cancellationToken);
    }
}
