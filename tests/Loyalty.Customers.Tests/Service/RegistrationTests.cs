using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Customers.Tests.Service;

public abstract class RegistrationTests(CustomersHost host)
{
    [Fact]
    public async Task A_registered_person_is_found_by_everything_they_are_recognised_by()
    {
        var (card, email, external) = (Samples.Card(), Samples.Email(), Samples.External());
        var phone = new Identifier { Kind = IdentifierKind.Phone, Value = "601 000 999" };
        var customer = await host.RegisterAsync(card, phone, email, external);

        customer.DisplayName.ShouldBe("Anna Nowak");
        customer.Identifiers.Select(identifier => identifier.Value).ShouldBe([card.Value, "+48601000999", email.Value, external.Value], ignoreOrder: true);
        customer.RegisteredAt.ToDateTimeOffset().ShouldBe(host.Service.Clock.GetUtcNow());
        (await host.Customers.GetCustomerAsync(new GetCustomerRequest { CustomerId = customer.CustomerId })).Customer.ShouldBe(customer);
        foreach (var identifier in (Identifier[])[card, phone, email, external])
        {
            var found = await host.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = identifier, Country = "PL" });
            found.Outcome.ShouldBe(FindCustomerResponse.Types.Outcome.Found);
            found.CustomerId.ShouldBe(customer.CustomerId);
        }
    }

    [Fact]
    public async Task An_identifier_that_nobody_has_is_an_answer()
    {
        var found = await host.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = Samples.Card() });
        found.Outcome.ShouldBe(FindCustomerResponse.Types.Outcome.Unknown);
        found.CustomerId.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_repeat_with_the_same_request_id_returns_the_same_person()
    {
        var request = Samples.Registration(Samples.Card());
        var first = await host.Customers.RegisterCustomerAsync(request);
        (await host.Customers.RegisterCustomerAsync(request)).ShouldBe(first);

        request.DisplayName = "Somebody Else";
        var refused = await RefusedCall.OfAsync(host.Customers.RegisterCustomerAsync(request));
        refused.Code.ShouldBe(StatusCode.Aborted);
        refused.Reason.ShouldBe("REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task Twins_of_one_request_at_once_make_one_person()
    {
        var request = Samples.Registration(Samples.Card());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => await host.Customers.RegisterCustomerAsync(request)));
        answers.Select(answer => answer.Customer.CustomerId).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_value_that_somebody_has_is_refused_and_names_whose_it_is()
    {
        var card = Samples.Card();
        var owner = await host.RegisterAsync(card);
        var refused = await host.RegisterRefusedAsync(Samples.Email(), card);
        refused.Code.ShouldBe(StatusCode.AlreadyExists);
        refused.Reason.ShouldBe("IDENTIFIER_TAKEN");
        refused.Metadata["field"].ShouldBe("identifiers[1]");
        refused.Metadata["customer_id"].ShouldBe(owner.CustomerId);
        refused.Message.ShouldNotContain(card.Value);
    }

    [Fact]
    public async Task Of_many_who_register_the_same_values_at_once_one_gets_them()
    {
        Identifier[] shared = [Samples.Card(), Samples.Phone(), Samples.Email()];
        var attempts = Enumerable.Range(0, 12).Select(async n =>
        {
            try
            {
                return await host.RegisterAsync(n % 2 == 0 ? shared : [.. shared.Reverse()]);
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.AlreadyExists)
            {
                return null;
            }
        });
        var winner = (await Task.WhenAll(attempts)).OfType<Customer>().ShouldHaveSingleItem();
        foreach (var identifier in shared)
            (await host.Identities.FindCustomerAsync(new FindCustomerRequest { Identifier = identifier })).CustomerId.ShouldBe(winner.CustomerId);
    }

    [Fact]
    public async Task An_unknown_person_is_not_found()
    {
        var refused = await RefusedCall.OfAsync(host.Customers.GetCustomerAsync(new GetCustomerRequest { CustomerId = Guid.NewGuid().ToString() }));
        refused.Code.ShouldBe(StatusCode.NotFound);
        refused.Reason.ShouldBe("CUSTOMER_UNKNOWN");
    }

    [Fact]
    public async Task Contacts_are_the_first_linked_address_of_each_channel_and_unknown_people_are_left_out()
    {
        var (email, phone) = (Samples.Email(), Samples.Phone());
        var reachable = await host.RegisterAsync(Samples.Card(), email, phone);
        host.Service.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.Identities.LinkIdentifierAsync(
            new LinkIdentifierRequest { RequestId = Samples.RequestId, CustomerId = reachable.CustomerId, Identifier = Samples.Email() });
        var silent = await host.RegisterAsync(Samples.Card());

        var answer = await host.Customers.BatchGetContactsAsync(
            new BatchGetContactsRequest { CustomerIds = { reachable.CustomerId, Guid.NewGuid().ToString(), silent.CustomerId, reachable.CustomerId } });

        answer.Customers.Count.ShouldBe(2);
        var contacts = answer.Customers.Single(customer => customer.CustomerId == reachable.CustomerId);
        contacts.Locale.ShouldBe("pl-PL");
        contacts.Revision.ShouldBe(1);
        contacts.Contacts.Single(contact => contact.Channel == Channel.Email).Address.ShouldBe(email.Value);
        contacts.Contacts.Single(contact => contact.Channel == Channel.Sms).Address.ShouldBe(phone.Value);
        contacts.Contacts.Count.ShouldBe(2);
        answer.Customers.Single(customer => customer.CustomerId == silent.CustomerId).Contacts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Says_the_whole_state_and_no_personal_value()
    {
        var (email, phone) = (Samples.Email(), Samples.Phone());
        var customer = await host.RegisterAsync(Samples.Card(), email, phone);

        var registered = await Eventually.ReachesAsync(() => host.Ear.Of<CustomerRegistered>().FirstOrDefault(e => e.CustomerId == customer.CustomerId), e => e is not null);
        registered!.Revision.ShouldBe(1);
        var contacts = await Eventually.ReachesAsync(() => host.Ear.Of<ContactsChanged>().FirstOrDefault(e => e.CustomerId == customer.CustomerId), e => e is not null);
        contacts!.Channels.ShouldBe([Channel.Email, Channel.Sms], ignoreOrder: true);
        var preferences = await Eventually.ReachesAsync(() => host.Ear.Of<PreferencesChanged>().FirstOrDefault(e => e.CustomerId == customer.CustomerId), e => e is not null);
        preferences!.Preferences.TimeZone.ShouldBe("Europe/Warsaw");
        foreach (var said in (IMessage[])[registered, contacts, preferences])
        {
            var text = Encoding.UTF8.GetString(said.ToByteArray());
            text.ShouldNotContain("Anna");
            text.ShouldNotContain(email.Value);
            text.ShouldNotContain(phone.Value);
        }
    }

    [Fact]
    public async Task Nothing_personal_lies_readable_in_the_database()
    {
        var (card, email, phone) = (Samples.Card(), Samples.Email(), Samples.Phone());
        await host.RegisterAsync(card, email, phone);

        var stored = await DumpAsync();

        stored.ShouldContain("Europe/Warsaw"); // the dump does show what lies open
        foreach (var personal in (string[])["Anna Nowak", card.Value, email.Value, phone.Value])
        {
            stored.ShouldNotContain(personal);
            stored.ShouldNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(personal)));
        }
    }

    private async Task<string> DumpAsync()
    {
        if (host.Service.Provider == Provider.Sqlite)
            return string.Concat(Directory.GetFiles(host.Service.Folder, "customer.db*").Select(ReadShared));
        var tables = await host.Service.QueryAsync<string>(
            "customer", "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'");
        var rows = new List<string>();
        foreach (var table in tables)
            rows.AddRange(await host.Service.QueryAsync<string>("customer", $"SELECT t::text FROM {table} t"));
        return string.Join('\n', rows);
    }

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}

public sealed class RegistrationOnSqlite(CustomersOnSqlite host) : RegistrationTests(host), IClassFixture<CustomersOnSqlite>;

public sealed class RegistrationOnPostgres(CustomersOnPostgres host) : RegistrationTests(host), IClassFixture<CustomersOnPostgres>;
