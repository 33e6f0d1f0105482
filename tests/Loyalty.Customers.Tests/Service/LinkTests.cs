using Grpc.Core;
using Loyalty.Customers.Storage;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Customers.Tests.Service;

public abstract class LinkTests(CustomersHost host)
{
    [Fact]
    public async Task A_linked_identifier_leads_to_the_person()
    {
        var customer = await host.RegisterAsync(Samples.Card());
        var card = Samples.Card();
        var linked = await LinkAsync(customer, card);
        linked.Identifiers.Count.ShouldBe(2);
        linked.Etag.ShouldNotBe(customer.Etag);
        (await host.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = card })).CustomerId.ShouldBe(customer.CustomerId);
    }

    [Fact]
    public async Task A_national_phone_is_read_with_the_country_of_the_person()
    {
        var customer = await host.RegisterAsync();
        var linked = await LinkAsync(customer, new Identifier { Kind = IdentifierKind.Phone, Value = "602 000 111" });
        linked.Identifiers.ShouldHaveSingleItem().Value.ShouldBe("+48602000111");
    }

    [Fact]
    public async Task What_is_theirs_already_stays_as_it_is()
    {
        var card = Samples.Card();
        var customer = await host.RegisterAsync(card);
        (await LinkAsync(customer, card)).ShouldBe(customer);
    }

    [Fact]
    public async Task A_new_way_to_reach_somebody_is_said_and_a_second_address_of_the_same_kind_is_not()
    {
        var customer = await host.RegisterAsync(Samples.Email());
        await LinkAsync(customer, Samples.Email());
        await LinkAsync(customer, Samples.Phone());

        await Eventually.TrueAsync(() => Said(customer).Count == 2);
        Said(customer)[1].Revision.ShouldBe(2);
        Said(customer)[1].Channels.ShouldBe([Channel.Email, Channel.Sms], ignoreOrder: true);
    }

    [Fact]
    public async Task A_repeat_returns_the_same_and_another_payload_is_refused()
    {
        var customer = await host.RegisterAsync();
        var request = new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = customer.CustomerId, Identifier = Samples.Card() };
        var first = await host.Identities.LinkIdentifierAsync(request);
        (await host.Identities.LinkIdentifierAsync(request)).ShouldBe(first);
        request.Identifier = Samples.Card();
        (await RefusedCall.OfAsync(host.Identities.LinkIdentifierAsync(request))).Reason.ShouldBe("REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task Of_two_people_who_link_the_same_value_at_once_one_gets_it()
    {
        var people = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => host.RegisterAsync()));
        var card = Samples.Card();
        var outcomes = await Task.WhenAll(people.Select(async person =>
        {
            try
            {
                await LinkAsync(person, card);
                return person.CustomerId;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.AlreadyExists)
            {
                return "";
            }
        }));
        var winner = outcomes.Where(id => id.Length > 0).ShouldHaveSingleItem();
        (await host.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = card })).CustomerId.ShouldBe(winner);
    }

    [Fact]
    public async Task Finding_somebody_is_one_indexed_read()
    {
        var plan = string.Join('\n', await host.Service.Database("customer").ReadAsync(
            async session =>
            {
                var lookup = new byte[32];
                if (session.Provider == Provider.Sqlite)
                    return (await session.QueryAsync<PlanStep>($"EXPLAIN QUERY PLAN {IdentifierRow.Owner}", new { lookup })).ConvertAll(step => step.Detail);
                await session.QueryAsync<string>("SET enable_seqscan = off"); // a handful of rows would be read as they lie
                var steps = await session.QueryAsync<string>($"EXPLAIN {IdentifierRow.Owner}", new { lookup });
                await session.QueryAsync<string>("RESET enable_seqscan");
                return steps;
            },
            TestContext.Current.CancellationToken));
        plan.ShouldMatch("(?i)(index only scan using|using index) identifiers_active");
        plan.ShouldNotContain("SCAN identifiers");
        plan.ShouldNotContain("Seq Scan");
    }

    [Fact]
    public async Task Nothing_can_be_linked_to_nobody()
    {
        var request = new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = Guid.NewGuid().ToString(), Identifier = Samples.Card() };
        (await RefusedCall.OfAsync(host.Identities.LinkIdentifierAsync(request))).Reason.ShouldBe("CUSTOMER_UNKNOWN");
    }

    private sealed record PlanStep
    {
        public string Detail { get; init; } = "";
    }

    private IReadOnlyList<ContactsChanged> Said(Customer customer) =>
        [.. host.Ear.Of<ContactsChanged>().Where(e => e.CustomerId == customer.CustomerId).OrderBy(e => e.Revision)];

    private async Task<Customer> LinkAsync(Customer customer, Identifier identifier) =>
        (await host.Identities.LinkIdentifierAsync(
            new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = customer.CustomerId, Identifier = identifier })).Customer;
}

public sealed class LinkOnSqlite(CustomersOnSqlite host) : LinkTests(host), IClassFixture<CustomersOnSqlite>;

public sealed class LinkOnPostgres(CustomersOnPostgres host) : LinkTests(host), IClassFixture<CustomersOnPostgres>;
