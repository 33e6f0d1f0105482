using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

public sealed class FailedVerbTests
{
    [Fact]
    public async Task Failed_events_are_listed_and_tried_again_one_or_all()
    {
        await using var host = await EchoHost.StartAsync();
        var databases = host.App.Services.GetRequiredService<Databases>();
        Guid[] ids = [.. Enumerable.Range(0, 3).Select(i => Guid.CreateVersion7(DateTimeOffset.UnixEpoch.AddDays(i + 1)))];
        foreach (var id in ids)
        {
            await databases.Of("echo").WriteAsync(
                transaction => transaction.ExecuteAsync(
                    """
                    INSERT INTO inbox_failed (id, consumer, message_id, source, type, payload, said_at, written_at, attempts, reason, failed_at)
                    VALUES (@id, 'HearNothing', @id, 'customer', 'CustomerRegistered', X'00', 0, 0, 12, 'KEY_MISSING', 1700000000000000)
                    """,
                    new { id }),
                CancellationToken.None);
        }

        (await SaidAsync(output => FailedVerb.ListAsync(databases, output, default))).ShouldBe(
            [.. ids.Select(id => $"{id} echo HearNothing CustomerRegistered from customer, 12 tries, given up 2023-11-14T22:13:20Z: KEY_MISSING"), "3 failed events"]);
        (await SaidAsync(output => FailedVerb.ReplayAsync(databases, ids[1], output, default))).ShouldBe(["1 event will be tried again"]);
        (await SaidAsync(output => FailedVerb.ListAsync(databases, output, default)))[^1].ShouldBe("2 failed events");
        (await SaidAsync(output => FailedVerb.ReplayAsync(databases, null, output, default))).ShouldBe(["2 events will be tried again"]);
        (await SaidAsync(output => FailedVerb.ListAsync(databases, output, default))).ShouldBe(["0 failed events"]);
    }

    private static async Task<string[]> SaidAsync(Func<TextWriter, Task> verb)
    {
        using var output = new StringWriter();
        await verb(output);
        return output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }
}
