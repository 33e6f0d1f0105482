using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Reads where people can be reached: on each channel the address that was linked first.</summary>
internal sealed class BatchGetContacts(Database database, PersonalValues values)
{
    private const int Most = 500;

    public async Task<V1.BatchGetContactsResponse> HandleAsync(V1.BatchGetContactsRequest request, CancellationToken cancellationToken)
    {
        var check = new InputCheck();
        check.Count("customer_ids", request.CustomerIds.Count, 1, Most);
        var ids = request.CustomerIds.Take(Most).Select((id, index) => check.Id($"customer_ids[{index}]", id)).Distinct().ToArray();
        check.ThrowIfAny();

        return await database.ReadAsync(
            async session =>
            {
                // In one statement, so that a revision and its addresses belong together.
                var rows = await session.QueryAsync<ContactRow>(
                    $"""
                    SELECT c.customer_id, c.contacts_revision, c.locale, i.kind, i.value
                    FROM customers c
                    LEFT JOIN identifiers i ON i.customer_id = c.customer_id AND i.ended_at IS NULL AND i.kind IN (2, 3) -- phone, e-mail
                    WHERE {session.AnyOf("c.customer_id", "@ids")}
                    ORDER BY c.customer_id, i.linked_at, i.identifier_id
                    """,
                    new { ids });
                var keys = await values.KeysAsync(session, [.. rows.Select(row => row.CustomerId).Distinct()]);
                return new V1.BatchGetContactsResponse
                {
                    Customers = { rows.GroupBy(row => row.CustomerId).Where(person => keys.ContainsKey(person.Key)).Select(person => Contacts([.. person], keys[person.Key])) },
                };
            },
            cancellationToken);
    }

    private static V1.BatchGetContactsResponse.Types.CustomerContacts Contacts(ContactRow[] rows, CustomerKey key) => new()
    {
        CustomerId = rows[0].CustomerId.ToString(),
        Revision = rows[0].ContactsRevision,
        Locale = rows[0].Locale,
        Contacts =
        {
            rows.Where(row => row.Value is not null)
                .DistinctBy(row => row.Kind)
                .Select(row => new V1.Contact { Channel = ChannelOf(row.Kind), Address = key.Open(row.Value!) }), // filtered above
        },
    };

    private static V1.Channel ChannelOf(int? kind) => kind == (int)IdentifierKind.Email ? V1.Channel.Email : V1.Channel.Sms;

    private sealed record ContactRow
    {
        public Guid CustomerId { get; init; }

        public long ContactsRevision { get; init; }

        public string Locale { get; init; } = "";

        public int? Kind { get; init; }

        public byte[]? Value { get; init; }
    }
}
