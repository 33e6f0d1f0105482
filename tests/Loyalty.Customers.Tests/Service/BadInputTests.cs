using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.TestKit;

namespace Loyalty.Customers.Tests.Service;

/// <summary>What is wrong is refused by its name, and not a row changes.</summary>
public abstract class BadInputTests(CustomersHost host)
{
    private static readonly string LongText = new('x', 100_000);

    [Fact]
    public async Task A_wrong_registration_names_the_field()
    {
        await RefusedAsync("request_id", request => request.RequestId = "");
        await RefusedAsync("request_id", request => request.RequestId = new string('r', 65));
        await RefusedAsync("display_name", request => request.DisplayName = LongText);
        await RefusedAsync("display_name", request => request.DisplayName = "Anna\0");
        await RefusedAsync("locale", request => request.Locale = "polish");
        await RefusedAsync("country", request => request.Country = "pl");
        await RefusedAsync("time_zone", request => request.TimeZone = "Mars/Olympus");
        await RefusedAsync("identifiers", request => request.Identifiers.Add(Enumerable.Range(0, 11).Select(_ => Samples.Card())));
        await RefusedAsync("identifiers[0].kind", request => request.Identifiers.Add(new Identifier { Value = "1" }));
        await RefusedAsync("identifiers[0].kind", request => request.Identifiers.Add(new Identifier { Kind = (IdentifierKind)99, Value = "1" }));
        await RefusedAsync("identifiers[0].value", request => request.Identifiers.Add(new Identifier { Kind = IdentifierKind.Card }));
        await RefusedAsync("identifiers[0].value", request => request.Identifiers.Add(new Identifier { Kind = IdentifierKind.Email, Value = LongText }));
        await RefusedAsync("identifiers[1].value", request => request.Identifiers.Add([Samples.Card(), new Identifier { Kind = IdentifierKind.Phone, Value = "12" }]));
        await RefusedAsync("identifiers[0].system", request => request.Identifiers.Add(new Identifier { Kind = IdentifierKind.External, Value = "1", System = "A B" }));
        await RefusedAsync("identifiers[1]", request => request.Identifiers.Add([Email("a@example.com"), Email("A@EXAMPLE.com")]));

        Task RefusedAsync(string field, Action<RegisterCustomerRequest> spoil) =>
            RefusesAsync(Samples.Registration(), spoil, field, request => host.Customers.RegisterCustomerAsync(request));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var request = Samples.Registration();
        (request.RequestId, request.Country, request.TimeZone) = ("", "Poland", "CET+1");
        var refused = await RefusedCall.OfAsync(host.Customers.RegisterCustomerAsync(request));
        refused.Fields.ShouldBe(["request_id", "country", "time_zone"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_wrong_link_or_search_names_the_field()
    {
        var customer = await host.RegisterAsync();
        await LinkAsync("request_id", request => request.RequestId = "");
        await LinkAsync("customer_id", request => request.CustomerId = "42");
        await LinkAsync("identifier", request => request.Identifier = null);
        await LinkAsync("identifier.value", request => request.Identifier.Value = "not a card");
        await FindAsync("identifier", request => request.Identifier = null);
        await FindAsync("identifier.value", request => request.Identifier.Value = "");
        await FindAsync("country", request => request.Country = "ZZ");

        Task LinkAsync(string field, Action<LinkIdentifierRequest> spoil) => RefusesAsync(
            new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = customer.CustomerId, Identifier = Samples.Card() },
            spoil, field, request => host.Identities.LinkIdentifierAsync(request));
        Task FindAsync(string field, Action<FindCustomerRequest> spoil) => RefusesAsync(
            new FindCustomerRequest { Identifier = Samples.Card() }, spoil, field, request => host.Identities.FindCustomerAsync(request));
    }

    [Fact]
    public async Task A_wrong_read_names_the_field()
    {
        foreach (var id in (string[])["", "42", Guid.Empty.ToString(), "{" + Guid.NewGuid() + "}"])
        {
            await RefusesAsync(new GetCustomerRequest(), request => request.CustomerId = id, "customer_id", request => host.Customers.GetCustomerAsync(request));
            await RefusesAsync(new GetPreferencesRequest(), request => request.CustomerId = id, "customer_id", request => host.Preferences.GetPreferencesAsync(request));
        }

        await RefusesAsync(new BatchGetContactsRequest(), _ => { }, "customer_ids", request => host.Customers.BatchGetContactsAsync(request));
        await RefusesAsync(
            new BatchGetContactsRequest(),
            request => request.CustomerIds.Add(Enumerable.Range(0, 501).Select(_ => Guid.NewGuid().ToString())),
            "customer_ids",
            request => host.Customers.BatchGetContactsAsync(request));
        await RefusesAsync(
            new BatchGetContactsRequest(),
            request => request.CustomerIds.Add([Guid.NewGuid().ToString(), "x"]),
            "customer_ids[1]",
            request => host.Customers.BatchGetContactsAsync(request));
    }

    [Fact]
    public async Task A_wrong_change_of_preferences_names_the_field()
    {
        var customer = await host.RegisterAsync();
        await RefusedAsync("request_id", request => request.RequestId = "");
        await RefusedAsync("customer_id", request => request.CustomerId = "");
        await RefusedAsync("preferences", request => request.Preferences = null);
        await RefusedAsync("update_mask", request => request.UpdateMask = null);
        await RefusedAsync("update_mask", request => request.UpdateMask.Paths.Clear());
        await RefusedAsync("update_mask", request => request.UpdateMask.Paths.Add("etag"));
        await RefusedAsync("etag", request => request.Etag = LongText);
        await RefusedAsync("preferences.time_zone", request => request.Preferences.TimeZone = "UTC+2");
        await RefusedAsync("preferences.country", request => request.Preferences.Country = "EU");
        await RefusedAsync("preferences.locale", request => request.Preferences.Locale = "pl_PL");
        await RefusedAsync("preferences.frequency_wish", request => request.Preferences.FrequencyWish = FrequencyWish.Unspecified);
        await RefusedAsync("preferences.frequency_wish", request => request.Preferences.FrequencyWish = (FrequencyWish)77);
        await RefusedAsync("preferences.paused_until", request => request.Preferences.PausedUntil = host.Service.Clock.GetUtcNow().AddYears(6).ToTimestamp());
        await RefusedAsync("preferences.paused_until", request => request.Preferences.PausedUntil = new Timestamp { Seconds = long.MaxValue });
        await RefusedAsync("preferences.awake_window.from", request => request.Preferences.AwakeWindow = new AwakeWindow { From = "25:00", Until = "21:00" });
        await RefusedAsync("preferences.awake_window.until", request => request.Preferences.AwakeWindow = new AwakeWindow { From = "09:00", Until = "10:00" });

        Task RefusedAsync(string field, Action<SetPreferencesRequest> spoil) => RefusesAsync(
            new SetPreferencesRequest
            {
                RequestId = Samples.RequestId,
                CustomerId = customer.CustomerId,
                Preferences = new Preferences { FrequencyWish = FrequencyWish.Less },
                UpdateMask = new FieldMask { Paths = { "time_zone", "country", "locale", "awake_window", "frequency_wish", "paused_until" } },
            },
            spoil, field, request => host.Preferences.SetPreferencesAsync(request));
    }

    [Fact]
    public async Task A_wrong_consent_names_the_field()
    {
        var customer = await host.RegisterAsync();
        await RefusedAsync("request_id", request => request.RequestId = "");
        await RefusedAsync("customer_id", request => request.CustomerId = "nobody");
        await RefusedAsync("purpose", request => request.Purpose = Purpose.Unspecified);
        await RefusedAsync("channel", request => request.Channel = (Channel)99);
        await RefusedAsync("evidence", request => request.Evidence = "");
        await RefusedAsync("evidence", request => request.Evidence = LongText);
        await RefusedAsync("said_at", request => request.SaidAt = host.Service.Clock.GetUtcNow().AddMinutes(6).ToTimestamp());
        await RefusedAsync("said_at", request => request.SaidAt = new Timestamp { Nanos = -1 });

        Task RefusedAsync(string field, Action<SetConsentRequest> spoil) => RefusesAsync(
            new SetConsentRequest
            {
                RequestId = Samples.RequestId,
                CustomerId = customer.CustomerId,
                Purpose = Purpose.Marketing,
                Channel = Channel.Email,
                Given = true,
                Evidence = "the form",
            },
            spoil, field, request => host.Preferences.SetConsentAsync(request));
    }

    [Fact]
    public async Task A_refused_registration_or_link_leaves_nothing_behind()
    {
        var card = Samples.Card();
        await host.RegisterAsync(card);
        var other = await host.RegisterAsync();
        await host.Service.ChangesNothingAsync("customer", async () =>
        {
            await host.RegisterRefusedAsync(Samples.Email(), card);
            await RefusedCall.OfAsync(host.Identities.LinkIdentifierAsync(
                new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = other.CustomerId, Identifier = card }));
        });
    }

    private static Identifier Email(string value) => new() { Kind = IdentifierKind.Email, Value = value };

    private async Task RefusesAsync<TRequest, TResponse>(
        TRequest request, Action<TRequest> spoil, string field, Func<TRequest, AsyncUnaryCall<TResponse>> call)
        where TRequest : IMessage
    {
        spoil(request);
        await host.Service.ChangesNothingAsync("customer", async () =>
        {
            var refused = await RefusedCall.OfAsync(call(request));
            refused.Code.ShouldBe(StatusCode.InvalidArgument);
            refused.Fields.ShouldBe([field]);
        });
    }
}

public sealed class BadInputOnSqlite(CustomersOnSqlite host) : BadInputTests(host), IClassFixture<CustomersOnSqlite>;

public sealed class BadInputOnPostgres(CustomersOnPostgres host) : BadInputTests(host), IClassFixture<CustomersOnPostgres>;
