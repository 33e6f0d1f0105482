using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.TestKit;

namespace Loyalty.Interactions.Tests.Service;

/// <summary>Facts about people whom we know are recorded whether customer is there or not.</summary>
public abstract class CustomerAwayTests(InteractionsHost host) : IDisposable
{
    [Fact]
    public async Task Somebody_whose_registration_was_heard_needs_no_call()
    {
        var person = Guid.CreateVersion7();
        await host.Service.SayAsync("customer", new CustomerRegistered { CustomerId = person.ToString(), Revision = 1, RegisteredAt = Timestamp.FromDateTimeOffset(host.Service.Clock.GetUtcNow()) });
        host.Customers.Away = true;
        await Eventually.PassesAsync(async () => (await host.RecordAsync(host.Fact(person))).CustomerId.ShouldBe(person.ToString()));
    }

    [Fact]
    public async Task Somebody_who_was_asked_about_once_is_known_from_then_on()
    {
        var person = host.Customers.Add();
        await host.RecordAsync(host.Fact(person));
        host.Customers.Away = true;
        (await host.RecordAsync(host.Fact(person))).CustomerId.ShouldBe(person.ToString());
    }

    [Fact]
    public async Task A_stranger_cannot_be_judged_meanwhile()
    {
        host.Customers.Away = true;
        await host.Service.ChangesNothingAsync("interaction", async () =>
        {
            var refused = await RefusedCall.OfAsync(host.Interactions.RecordInteractionAsync(host.Fact(Guid.NewGuid())));
            refused.Code.ShouldBe(StatusCode.Unavailable);
        });
    }

    public void Dispose()
    {
        host.Customers.Away = false;
        GC.SuppressFinalize(this);
    }
}

public sealed class CustomerAwayOnSqlite(InteractionsOnSqlite host) : CustomerAwayTests(host), IClassFixture<InteractionsOnSqlite>;

public sealed class CustomerAwayOnPostgres(InteractionsOnPostgres host) : CustomerAwayTests(host), IClassFixture<InteractionsOnPostgres>;
