using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.TestKit;

namespace Loyalty.Interactions.Tests.Service;

/// <summary>What is wrong is refused by its name, and not a row changes.</summary>
public abstract class BadInputTests(InteractionsHost host)
{
    [Fact]
    public async Task A_wrong_fact_names_the_field()
    {
        var now = host.Service.Clock.GetUtcNow();
        await RefusedAsync("customer_id", request => request.ClearWho());
        await RefusedAsync("customer_id", request => request.CustomerId = "42");
        await RefusedAsync("identifier.value", request => request.Identifier = new Identifier { Kind = IdentifierKind.Card });
        await RefusedAsync("kind", request => request.Kind = InteractionKind.Unspecified);
        await RefusedAsync("kind", request => request.Kind = (InteractionKind)1234);
        await RefusedAsync("source_system", request => request.SourceSystem = "");
        await RefusedAsync("source_system", request => request.SourceSystem = "My Shop");
        await RefusedAsync("source_system", request => request.SourceSystem = new string('s', 65));
        await RefusedAsync("source_id", request => request.SourceId = "");
        await RefusedAsync("source_id", request => request.SourceId = new string('s', 129));
        await RefusedAsync("source_id", request => request.SourceId = "a\0b");
        await RefusedAsync("occurred_at", request => request.OccurredAt = null);
        await RefusedAsync("occurred_at", request => request.OccurredAt = now.AddMinutes(6).ToTimestamp());
        await RefusedAsync("occurred_at", request => request.OccurredAt = new DateTimeOffset(1969, 12, 31, 23, 59, 59, TimeSpan.Zero).ToTimestamp());
        await RefusedAsync("occurred_at", request => request.OccurredAt = new Timestamp { Seconds = long.MinValue });
        await RefusedAsync("value.currency", request => request.Value = new Money { Currency = "euro", Units = 1 });
        await RefusedAsync("value.nanos", request => request.Value = new Money { Currency = "EUR", Units = 1, Nanos = -1 });
        await RefusedAsync("value.units", request => request.Value = new Money { Currency = "EUR", Units = long.MaxValue });
        await RefusedAsync("text", request => request.Text = new string('t', 10_001));

        Task RefusedAsync(string field, Action<RecordInteractionRequest> spoil)
        {
            var request = host.Fact();
            spoil(request);
            return RefusesAsync(field, () => host.Interactions.RecordInteractionAsync(request));
        }
    }

    [Fact]
    public async Task A_wrong_list_names_the_field()
    {
        await RefusedAsync("customer_id", request => request.CustomerId = "");
        await RefusedAsync("page_size", request => request.PageSize = -1);
        await RefusedAsync("page_size", request => request.PageSize = 201);
        await RefusedAsync("page_token", request => request.PageToken = "%");
        await RefusedAsync("kinds[1]", request => request.Kinds.Add([InteractionKind.Visit, InteractionKind.Unspecified]));
        await RefusedAsync("kinds", request => request.Kinds.Add(Enumerable.Repeat(InteractionKind.Visit, 21)));

        Task RefusedAsync(string field, Action<ListInteractionsRequest> spoil)
        {
            var request = new ListInteractionsRequest { CustomerId = Guid.NewGuid().ToString() };
            spoil(request);
            return RefusesAsync(field, () => host.Interactions.ListInteractionsAsync(request));
        }
    }

    private Task RefusesAsync<TResponse>(string field, Func<AsyncUnaryCall<TResponse>> call) => host.Service.ChangesNothingAsync("interaction", async () =>
    {
        var refused = await RefusedCall.OfAsync(call());
        refused.Code.ShouldBe(StatusCode.InvalidArgument);
        refused.Fields.ShouldBe([field]);
    });
}

public sealed class BadInputOnSqlite(InteractionsOnSqlite host) : BadInputTests(host), IClassFixture<InteractionsOnSqlite>;

public sealed class BadInputOnPostgres(InteractionsOnPostgres host) : BadInputTests(host), IClassFixture<InteractionsOnPostgres>;
