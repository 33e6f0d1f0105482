using Loyalty.Customers.Domain;
using Loyalty.Customers.Storage;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Features;

/// <summary>Links one more identifier to a person; one that is theirs already stays as it is.</summary>
internal sealed class LinkIdentifier(Database database, LookupHash lookups, PersonReader people, CustomerOptions options)
{
    private const string Method = "LinkIdentifier";
    private const int MostIdentifiers = 100;

    public async Task<V1.LinkIdentifierResponse> HandleAsync(V1.LinkIdentifierRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var customerId = CheckIds(request);
        return await database.WriteAsync(
            async tx =>
            {
                var customer = await CustomerRow.LockAsync(tx, customerId);
                var now = await tx.NowAsync();
                var identifier = CheckIdentifier(request, customer.Country);
                if (await RequestIds.FirstAsync(tx, lookups, caller.Subject, Method, request.RequestId, request, now) is null)
                {
                    await LinkAsync(tx, customer, identifier, now);
                    await RequestIds.KeepAsync(tx, caller.Subject, Method, request.RequestId, customerId);
                }

                return new V1.LinkIdentifierResponse { Customer = await people.ReadAsync(tx, customerId) };
            },
            cancellationToken);
    }

    /// <summary>The refusal for a value that is somebody else's: it names whose, so that the caller can go on.</summary>
    public static Refusal Taken(string field, Guid? owner) => new(
        RefusalKind.AlreadyExists, "IDENTIFIER_TAKEN", $"{field} belongs to another customer.", new FieldViolation(field, "belongs to another customer"))
    {
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["field"] = field,
            ["customer_id"] = owner?.ToString() ?? "",
        },
    };

    private static Guid CheckIds(V1.LinkIdentifierRequest request)
    {
        var check = new InputCheck();
        check.Length("request_id", request.RequestId, 1, 64);
        var customerId = check.Id("customer_id", request.CustomerId);
        check.ThrowIfAny();
        return customerId;
    }

    // Only here is the country known that a national phone number needs.
    private Identifier CheckIdentifier(V1.LinkIdentifierRequest request, string country)
    {
        var check = new InputCheck();
        var identifier = check.Identifier("identifier", request.Identifier, country, options);
        check.ThrowIfAny();
        return identifier!; // a missing one is a violation, thrown above
    }

    private async Task LinkAsync(Transaction tx, CustomerRow customer, Identifier identifier, DateTimeOffset now)
    {
        var key = await people.KeyAsync(tx, customer.CustomerId);
        var active = await IdentifierRow.ActiveOfAsync(tx, customer.CustomerId);
        var row = IdentifierRow.Of(customer.CustomerId, identifier, key, lookups, now);
        if (active.Exists(other => other.Lookup.AsSpan().SequenceEqual(row.Lookup)))
            return;
        if (active.Count >= MostIdentifiers)
            throw new Refusal(RefusalKind.ResourceExhausted, "TOO_MANY_IDENTIFIERS", $"A customer has at most {MostIdentifiers} identifiers.");
        if (!await row.TryLinkAsync(tx))
            throw Taken("identifier", await IdentifierRow.OwnerAsync(tx, row.Lookup));

        var before = Channels(active);
        var after = Channels([.. active, row]);
        var contacts = after.Count > before.Count ? customer.ContactsRevision + 1 : customer.ContactsRevision;
        await tx.ExecuteAsync(
            "UPDATE customers SET revision = revision + 1, contacts_revision = @contacts WHERE customer_id = @CustomerId",
            new { contacts, customer.CustomerId });
        if (contacts > customer.ContactsRevision)
            tx.Say(new V1.ContactsChanged { CustomerId = customer.CustomerId.ToString(), Revision = contacts, Channels = { after } });
    }

    private static List<V1.Channel> Channels(List<IdentifierRow> rows) =>
        [.. rows.Select(row => Wire.ChannelOf((IdentifierKind)row.Kind)).OfType<V1.Channel>().Distinct()];
}
