using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Interactions.V1;
using Loyalty.TestKit;

namespace Loyalty.Interactions.Tests.Service;

public abstract class ListingTests(InteractionsHost host)
{
    [Fact]
    public async Task Pages_together_are_the_timeline_newest_first_whatever_their_size()
    {
        var person = host.Customers.Add();
        var told = new List<Interaction>();
        for (var n = 0; n < 23; n++)
        {
            var request = host.Fact(person);
            request.OccurredAt = host.Service.Clock.GetUtcNow().AddHours(-n / 3).ToTimestamp(); // three at a time at one instant
            told.Add(await host.RecordAsync(request));
        }

        await host.RecordAsync(host.Fact()); // somebody else's
        var expected = told.OrderByDescending(i => i.OccurredAt.ToDateTimeOffset()).ThenByDescending(i => i.InteractionId, StringComparer.Ordinal).ToList();
        foreach (var size in (int[])[1, 2, 7, 23, 200])
            (await AllAsync(new ListInteractionsRequest { CustomerId = person.ToString(), PageSize = size })).ShouldBe(expected);
    }

    [Fact]
    public async Task A_page_stays_where_it_was_when_something_new_happens()
    {
        var person = host.Customers.Add();
        for (var n = 0; n < 4; n++)
            await host.RecordAsync(host.Fact(person));
        var request = new ListInteractionsRequest { CustomerId = person.ToString(), PageSize = 2 };
        var first = await host.Interactions.ListInteractionsAsync(request);
        var fact = host.Fact(person);
        fact.OccurredAt = host.Service.Clock.GetUtcNow().ToTimestamp();
        await host.RecordAsync(fact);

        request.PageToken = first.NextPageToken;
        var second = await host.Interactions.ListInteractionsAsync(request);
        second.NextPageToken.ShouldBeEmpty();
        first.Interactions.Concat(second.Interactions).Select(i => i.InteractionId).Distinct().Count().ShouldBe(4);
    }

    [Fact]
    public async Task Kinds_can_be_picked()
    {
        var person = host.Customers.Add();
        foreach (var kind in (InteractionKind[])[InteractionKind.Purchase, InteractionKind.Visit, InteractionKind.Review, InteractionKind.Visit])
            await host.RecordAsync(host.Fact(person, kind));
        var request = new ListInteractionsRequest { CustomerId = person.ToString(), PageSize = 1, Kinds = { InteractionKind.Visit, InteractionKind.Review } };
        (await AllAsync(request)).Select(i => i.Kind).ShouldBe([InteractionKind.Visit, InteractionKind.Visit, InteractionKind.Review], ignoreOrder: true);
    }

    [Fact]
    public async Task A_token_serves_only_the_list_that_it_came_from()
    {
        var person = host.Customers.Add();
        await host.RecordAsync(host.Fact(person));
        await host.RecordAsync(host.Fact(person));
        var first = await host.Interactions.ListInteractionsAsync(new ListInteractionsRequest { CustomerId = person.ToString(), PageSize = 1 });
        ListInteractionsRequest[] others =
        [
            new() { CustomerId = Guid.NewGuid().ToString(), PageToken = first.NextPageToken },
            new() { CustomerId = person.ToString(), PageToken = first.NextPageToken, Kinds = { InteractionKind.Purchase } },
            new() { CustomerId = person.ToString(), PageToken = first.NextPageToken + "x" },
            new() { CustomerId = person.ToString(), PageToken = "next" },
        ];
        foreach (var other in others)
        {
            var refused = await RefusedCall.OfAsync(host.Interactions.ListInteractionsAsync(other));
            refused.Code.ShouldBe(StatusCode.InvalidArgument);
            refused.Fields.ShouldBe(["page_token"]);
        }
    }

    [Fact]
    public async Task Nobody_has_an_empty_timeline()
    {
        var answer = await host.Interactions.ListInteractionsAsync(new ListInteractionsRequest { CustomerId = Guid.NewGuid().ToString() });
        answer.Interactions.ShouldBeEmpty();
        answer.NextPageToken.ShouldBeEmpty();
    }

    private async Task<List<Interaction>> AllAsync(ListInteractionsRequest request)
    {
        var all = new List<Interaction>();
        var next = request.Clone();
        do
        {
            var page = await host.Interactions.ListInteractionsAsync(next);
            page.Interactions.Count.ShouldBeLessThanOrEqualTo(request.PageSize);
            all.AddRange(page.Interactions);
            next.PageToken = page.NextPageToken;
        }
        while (next.PageToken.Length > 0);
        return all;
    }
}

public sealed class ListingOnSqlite(InteractionsOnSqlite host) : ListingTests(host), IClassFixture<InteractionsOnSqlite>;

public sealed class ListingOnPostgres(InteractionsOnPostgres host) : ListingTests(host), IClassFixture<InteractionsOnPostgres>;
