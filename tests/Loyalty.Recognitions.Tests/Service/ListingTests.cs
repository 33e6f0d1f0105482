using Grpc.Core;
using Loyalty.Recognitions.V1;
using Loyalty.TestKit;

namespace Loyalty.Recognitions.Tests.Service;

public abstract class ListingTests(RecognitionsHost host)
{
    [Fact]
    public async Task Pages_together_are_the_list_newest_first()
    {
        var person = Guid.CreateVersion7();
        for (var n = 0; n < 3; n++)
        {
            await host.HearAsync(host.Act(person));
            host.Service.Clock.Advance(TimeSpan.FromDays(30));
        }

        var paged = new List<Recognition>();
        var request = new ListRecognitionsRequest { CustomerId = person.ToString(), PageSize = 2 };
        do
        {
            var page = await host.Recognitions.ListRecognitionsAsync(request);
            paged.AddRange(page.Recognitions);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        paged.Count.ShouldBe(3);
        paged.ShouldBe(await host.ListAsync(person));
        paged.Select(recognition => recognition.GrantedAt.ToDateTimeOffset()).ShouldBeInOrder(SortDirection.Descending);
    }

    [Fact]
    public async Task A_wrong_list_names_the_field()
    {
        await RefusedAsync("customer_id", request => request.CustomerId = "");
        await RefusedAsync("customer_id", request => request.CustomerId = "42");
        await RefusedAsync("page_size", request => request.PageSize = -1);
        await RefusedAsync("page_size", request => request.PageSize = 201);
        await RefusedAsync("page_token", request => request.PageToken = "next");

        Task RefusedAsync(string field, Action<ListRecognitionsRequest> spoil)
        {
            var request = new ListRecognitionsRequest { CustomerId = Guid.NewGuid().ToString() };
            spoil(request);
            return host.Service.ChangesNothingAsync("recognition", async () =>
            {
                var refused = await RefusedCall.OfAsync(host.Recognitions.ListRecognitionsAsync(request));
                refused.Code.ShouldBe(StatusCode.InvalidArgument);
                refused.Fields.ShouldBe([field]);
            });
        }
    }
}

public sealed class ListingOnSqlite(RecognitionsOnSqlite host) : ListingTests(host), IClassFixture<RecognitionsOnSqlite>;

public sealed class ListingOnPostgres(RecognitionsOnPostgres host) : ListingTests(host), IClassFixture<RecognitionsOnPostgres>;
