using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Makes a new person known, with what they are recognised by.</summary>
internal sealed class RegisterCustomer(
    Database database, PersonalValues values, LookupHash lookups, PersonReader people, CustomerOptions options)
{
    private const string Method = "RegisterCustomer";
    private const int MostIdentifiers = 10;

    public async Task<V1.RegisterCustomerResponse> HandleAsync(V1.RegisterCustomerRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var identifiers = Check(request);
        return await database.WriteAsync(
            async tx =>
            {
                var now = await tx.NowAsync();
                var customerId = await RequestIds.FirstAsync(tx, lookups, caller.Subject, Method, request.RequestId, request, now);
                if (customerId is null)
                {
                    customerId = await RegisterAsync(tx, request, identifiers, now);
                    await RequestIds.KeepAsync(tx, caller.Subject, Method, request.RequestId, customerId.Value);
                }

                return new V1.RegisterCustomerResponse { Customer = await people.ReadAsync(tx, customerId.Value) };
            },
            cancellationToken);
    }

    private List<Identifier> Check(V1.RegisterCustomerRequest request)
    {
        var check = new InputCheck();
        check.Length("request_id", request.RequestId, 1, 64);
        check.Length("display_name", request.DisplayName, 0, 200);
        check.OptionalLocale("locale", request.Locale);
        check.OptionalCountry("country", request.Country);
        check.OptionalZone("time_zone", request.TimeZone);
        check.Count("identifiers", request.Identifiers.Count, 0, MostIdentifiers);
        var identifiers = new List<Identifier>();
        foreach (var (given, index) in request.Identifiers.Take(MostIdentifiers).Select((given, index) => (given, index)))
        {
            if (check.Identifier($"identifiers[{index}]", given, request.Country, options) is not { } identifier)
                continue;
            if (identifiers.Exists(other => other.Kind == identifier.Kind && other.LookupValue == identifier.LookupValue))
                check.Violation($"identifiers[{index}]", "must not be there twice");
            identifiers.Add(identifier);
        }

        check.ThrowIfAny();
        return identifiers;
    }

    private async Task<Guid> RegisterAsync(Transaction tx, V1.RegisterCustomerRequest request, List<Identifier> identifiers, DateTimeOffset now)
    {
        var customerId = Guid.CreateVersion7(now);
        var key = await values.CreateKeyAsync(tx, customerId);
        var preferences = Preferences.OfNewcomer(request.TimeZone, request.Country, request.Locale);
        var channels = identifiers.Select(identifier => Wire.ChannelOf(identifier.Kind)).OfType<V1.Channel>().Distinct().ToList();
        await new CustomerRow
        {
            CustomerId = customerId,
            Revision = 1,
            RegisteredAt = now,
            DisplayName = key.Seal(request.DisplayName),
            Locale = preferences.Locale,
            Country = preferences.Country,
            TimeZone = preferences.TimeZone,
            FrequencyWish = (int)preferences.Wish,
            ContactsRevision = channels.Count > 0 ? 1 : 0,
            PreferencesRevision = 1,
        }.InsertAsync(tx);
        await LinkAsync(tx, customerId, identifiers, key, now);

        tx.Say(new V1.CustomerRegistered { CustomerId = customerId.ToString(), Revision = 1, RegisteredAt = now.ToTimestamp() });
        tx.Say(new V1.PreferencesChanged { CustomerId = customerId.ToString(), Revision = 1, Preferences = preferences.ToWire() });
        if (channels.Count > 0)
            tx.Say(new V1.ContactsChanged { CustomerId = customerId.ToString(), Revision = 1, Channels = { channels } });
        return customerId;
    }

    private async Task LinkAsync(
        Transaction tx, Guid customerId, List<Identifier> identifiers, ServiceDefaults.Secrets.CustomerKey key, DateTimeOffset now)
    {
        // In the order of the index, so that two registrations that share values wait for each other and do not deadlock.
        var rows = identifiers
            .Select((identifier, index) => (Row: IdentifierRow.Of(customerId, identifier, key, lookups, now), Index: index))
            .OrderBy(link => Convert.ToHexString(link.Row.Lookup), StringComparer.Ordinal);
        foreach (var (row, index) in rows)
            if (!await row.TryLinkAsync(tx))
                throw LinkIdentifier.Taken($"identifiers[{index}]", await IdentifierRow.OwnerAsync(tx, row.Lookup));
    }
}
