using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Reads one person with everything that is sealed opened.</summary>
internal sealed class PersonReader(PersonalValues values)
{
    public static string Etag(long revision) => revision.ToString(CultureInfo.InvariantCulture);

    /// <summary>The key that opens what is kept of a person; without one there is nobody any more.</summary>
    public async Task<CustomerKey> KeyAsync(Session session, Guid customerId) =>
        await values.KeyAsync(session, customerId) ?? throw CustomerRow.Unknown();

    public async Task<V1.Customer> ReadAsync(Session session, Guid customerId)
    {
        var row = await CustomerRow.ReadAsync(session, customerId);
        var key = await KeyAsync(session, customerId);
        var identifiers = await IdentifierRow.ActiveOfAsync(session, customerId);
        return new V1.Customer
        {
            CustomerId = customerId.ToString(),
            Etag = Etag(row.Revision),
            DisplayName = key.Open(row.DisplayName),
            Locale = row.Locale,
            Country = row.Country,
            Identifiers = { identifiers.Select(identifier => identifier.Open(key).ToWire()) },
            RegisteredAt = row.RegisteredAt.ToTimestamp(),
        };
    }
}
