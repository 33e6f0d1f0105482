using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Recognitions.Tests.Service;

/// <summary>Two replicas on one database hear acts of the same people at the same time.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public async Task Two_replicas_thank_once()
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings:recognition"] = await SharedServers.CreateDatabaseAsync("recognition", TestContext.Current.CancellationToken),
        };
        await using var one = await StartAsync(settings);
        await using var other = await StartAsync(settings);
        var people = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7()).ToList();

        await SayAsync();
        await Eventually.ReachesAsync(() => CountAsync("acts WHERE heard_at IS NOT NULL"), count => count == 20 * people.Count);
        (await CountAsync("recognitions")).ShouldBe(people.Count);
        foreach (var replica in (ServiceFixture[])[one, other])
            replica.Clock.Advance(TimeSpan.FromDays(30));

        // The second time everybody is known, so only the lock on their rows stands between the replicas: hold it until several wait for it.
        await one.Database("recognition").WriteAsync(
            async tx =>
            {
                await tx.QueryAsync<Guid>("SELECT customer_id FROM people FOR UPDATE");
                await SayAsync();
                await Eventually.TrueAsync(async () => await CountAsync("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") >= 4);
            },
            TestContext.Current.CancellationToken);
        await Eventually.ReachesAsync(() => CountAsync("acts WHERE heard_at IS NOT NULL"), count => count == 40 * people.Count);
        (await CountAsync("recognitions")).ShouldBe(2 * people.Count);
        await Eventually.ReachesAsync(() => CountAsync($"recognitions WHERE state = {(int)RecognitionState.Mailed}"), count => count == 2 * people.Count);

        async Task<long> CountAsync(string what) => (await one.QueryAsync<long>("recognition", $"SELECT count(*) FROM {what}"))[0];

        Task SayAsync() => Task.WhenAll(Enumerable.Range(0, 20).Select(n => (n % 2 == 0 ? one : other).SayAsync(
            "interaction", new InteractionsRecorded { Entries = { (n % 4 < 2 ? people : Enumerable.Reverse(people)).Select(Act) } })));
    }

    private static Task<ServiceFixture> StartAsync(Dictionary<string, string?> settings) => ServiceFixture.StartAsync(
        Provider.Postgres, settings, new RecognitionsModule(), new InteractionsByHandModule(), new GateByHandModule());

    private static InteractionsRecorded.Types.Entry Act(Guid person) => new()
    {
        InteractionId = Guid.CreateVersion7().ToString(),
        CustomerId = person.ToString(),
        Kind = InteractionKind.Recommendation,
        Revision = 1,
        HiddenAct = true,
    };
}
