using Loyalty.Customers.Domain;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Customers.Storage;

/// <summary>One row of <c>customers</c>. Whoever changes anything of a person holds its lock.</summary>
internal sealed record CustomerRow
{
    private const string Columns =
        """
        customer_id, revision, registered_at, display_name, locale, country, time_zone,
        awake_from, awake_until, frequency_wish, paused_until, contacts_revision, preferences_revision
        """;

    public Guid CustomerId { get; init; }

    public long Revision { get; init; }

    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Sealed under the customer's key.</summary>
    public byte[] DisplayName { get; init; } = [];

    public string Locale { get; init; } = "";

    public string Country { get; init; } = "";

    public string TimeZone { get; init; } = "";

    public int? AwakeFrom { get; init; }

    public int? AwakeUntil { get; init; }

    public int FrequencyWish { get; init; }

    public DateTimeOffset? PausedUntil { get; init; }

    public long ContactsRevision { get; init; }

    public long PreferencesRevision { get; init; }

    public Preferences Preferences =>
        new(TimeZone, Country, Locale, AwakeWindow.Stored(AwakeFrom, AwakeUntil), (FrequencyWish)FrequencyWish, PausedUntil);

    public static async Task<CustomerRow> ReadAsync(Session session, Guid customerId) =>
        await session.FirstOrDefaultAsync<CustomerRow>($"SELECT {Columns} FROM customers WHERE customer_id = @customerId", new { customerId })
        ?? throw Unknown();

    /// <summary>Reads the row and holds its lock until the transaction ends.</summary>
    public static async Task<CustomerRow> LockAsync(Transaction tx, Guid customerId) =>
        await tx.FirstOrDefaultAsync<CustomerRow>(
            $"SELECT {Columns} FROM customers WHERE customer_id = @customerId {tx.Sql("FOR UPDATE", "")}", new { customerId })
        ?? throw Unknown();

    public Task InsertAsync(Transaction tx) => tx.ExecuteAsync(
        $"""
        INSERT INTO customers ({Columns})
        VALUES (@CustomerId, @Revision, @RegisteredAt, @DisplayName, @Locale, @Country, @TimeZone,
                @AwakeFrom, @AwakeUntil, @FrequencyWish, @PausedUntil, @ContactsRevision, @PreferencesRevision)
        """,
        this);

    public static Refusal Unknown() => Refusal.NotFound("CUSTOMER_UNKNOWN", "No customer has this id.");
}
