using Google.Protobuf.WellKnownTypes;
using Loyalty.Recognitions.Storage;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Recognitions.Features;

/// <summary>Lists what a person was recognised for, newest first; a page starts after the last one of the page before.</summary>
internal sealed class ListRecognitions(Database database)
{
    private const int DefaultPage = 50;
    private const int LargestPage = 200;

    public async Task<V1.ListRecognitionsResponse> HandleAsync(V1.ListRecognitionsRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        var customerId = check.Id("customer_id", request.CustomerId);
        check.Range("page_size", request.PageSize, 0, LargestPage);
        check.ThrowIfAny();
        var filter = PageToken.FilterOf(request);
        var after = PageToken.Decode(filter, request.PageToken);
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;

        var rows = await database.ReadAsync(
            session => session.QueryAsync<RecognitionRow>(
                $"""
                SELECT {RecognitionRow.Columns}
                FROM recognitions
                WHERE customer_id = @customerId AND (granted_at, recognition_id) < (@grantedAt, @recognitionId)
                ORDER BY granted_at DESC, recognition_id DESC
                LIMIT @limit
                """,
                new
                {
                    customerId,
                    grantedAt = after?.Instant(0) ?? DateTimeOffset.MaxValue,
                    recognitionId = after?.Id(1) ?? Guid.Empty,
                    limit = size + 1,
                }),
            cancellationToken);
        var page = rows.Take(size).ToList();
        return new V1.ListRecognitionsResponse
        {
            Recognitions = { page.Select(ToWire) },
            NextPageToken = rows.Count > size ? PageToken.Encode(filter, page[^1].GrantedAt, page[^1].RecognitionId) : "",
        };
    }

    private static V1.Recognition ToWire(RecognitionRow row) => new()
    {
        RecognitionId = row.RecognitionId.ToString(),
        CustomerId = row.CustomerId.ToString(),
        Kind = (V1.RecognitionKind)row.Kind,
        State = (V1.RecognitionState)row.State,
        InteractionId = row.InteractionId.ToString(),
        GrantedAt = row.GrantedAt.ToTimestamp(),
        MailingId = row.MailingId?.ToString() ?? "",
    };
}
