using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Storage;

internal sealed class AddressRow
{
    public Guid CustomerId { get; init; }
    public short Channel { get; init; }
    public byte[] Sealed { get; init; } = [];
}

/// <summary>Addresses, encrypted under a key of our own per person.</summary>
internal static class AddressBook
{
    public static async Task ReplaceAsync(Transaction tx, Guid customerId, IReadOnlyList<AddressRow> addresses)
    {
        await tx.ExecuteAsync("DELETE FROM addresses WHERE customer_id = @customerId", new { customerId });
        foreach (var address in addresses)
            await tx.ExecuteAsync("INSERT INTO addresses (customer_id, channel, sealed) VALUES (@CustomerId, @Channel, @Sealed)", address);
    }

    public static Task<List<AddressRow>> OfAsync(Session session, IReadOnlyList<Guid> customerIds) => session.ByIdsAsync<AddressRow>(
        "SELECT customer_id, channel, sealed FROM addresses WHERE customer_id = ANY(@ids)",
        "SELECT customer_id, channel, sealed FROM addresses WHERE customer_id = @id",
        customerIds);
}

internal sealed class ContentRow
{
    public Guid MailingId { get; init; }
    public byte[] Sealed { get; init; } = [];
}

/// <summary>Variables and direct addresses of mailings that have not ended, encrypted.</summary>
internal static class Contents
{
    public static Task<List<ContentRow>> OfAsync(Session session, IReadOnlyList<Guid> mailingIds) => session.ByIdsAsync<ContentRow>(
        "SELECT mailing_id, sealed FROM contents WHERE mailing_id = ANY(@ids)",
        "SELECT mailing_id, sealed FROM contents WHERE mailing_id = @id",
        mailingIds);
}
