using System.Diagnostics;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>Events per second from a transaction through outbox, bus and inbox into another transaction. Run on its own: it measures, and asserts that all arrived.</summary>
public sealed class MessagingRate
{
    private const int Events = 5000;
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory(Explicit = true)]
    [InlineData(Provider.Postgres, true)]
    [InlineData(Provider.Sqlite, true)]
    [InlineData(Provider.Postgres, false)]
    [InlineData(Provider.Sqlite, false)]
    public async Task Events_per_second(Provider provider, bool rabbit)
    {
        using var folder = new TempFolder("rate");
        using var vhost = rabbit ? await SharedServers.TakeVhostAsync("rate", Ct) : null;
        if (vhost is not null)
            await Wire.DeleteQueuesAsync(vhost.Address);
        var settings = await MessagingHost.SettingsAsync(provider, folder, vhost?.Address, "customer", "communication");
        await using var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]);
        await SayAsync(host, 500);
        await HeardAsync(host, 500);

        var start = Stopwatch.GetTimestamp();
        await SayAsync(host, Events);
        var said = Stopwatch.GetElapsedTime(start);
        await Eventually.TrueAsync(async () => await host.CountAsync("customer", "outbox WHERE type NOT LIKE '%Heartbeat'") == 0, TimeSpan.FromMinutes(2));
        var published = Stopwatch.GetElapsedTime(start);
        await HeardAsync(host, 500 + Events);
        var heard = Stopwatch.GetElapsedTime(start);
        Console.WriteLine(
            $"{provider}, {(rabbit ? "RabbitMQ" : "in memory")}: said {Events / said.TotalSeconds:0}/s (100 per transaction), left the outbox {Events / published.TotalSeconds:0}/s, in effect {Events / heard.TotalSeconds:0}/s");
    }

    private static async Task SayAsync(MessagingHost host, int count)
    {
        foreach (var part in Enumerable.Range(0, count).Chunk(100))
            await host.SayAsync([.. part.Select(_ => new CustomerRegistered { CustomerId = $"{Guid.CreateVersion7()}" })]);
    }

    private static Task HeardAsync(MessagingHost host, int count) =>
        Eventually.TrueAsync(async () => await host.CountAsync("communication", "effects") == count, TimeSpan.FromMinutes(2));
}
