using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Tests.Features;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>What a killed process left, beside a row that nobody can read.</summary>
public sealed class SweepTests
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task One_unreadable_row_keeps_nobody_else_committed(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var template = await desk.TemplateAsync();
        var left = new List<Mailing>();
        for (var i = 0; i < 3; i++)
        {
            var request = Desk.Request(template, await desk.PersonAsync());
            request.NotBefore = desk.Clock.GetUtcNow().AddHours(1).ToTimestamp();
            left.Add(await desk.SubmitAsync(request));
        }

        await desk.Services.Database("communication").WriteAsync(
            async tx =>
            {
                await tx.ExecuteAsync("UPDATE recipients SET ledger = @broken WHERE customer_id = @id", new { broken = new byte[] { 255 }, id = Guid.Parse(left[1].CustomerId) });
                await tx.ExecuteAsync("UPDATE queue SET state = 2, token = 1, committed_at = 1, hand_until = 2");
            },
            CancellationToken.None);

        await desk.ReachesAsync(left[0].MailingId, MailingState.Waiting);
        await desk.ReachesAsync(left[2].MailingId, MailingState.Waiting);
        (await desk.GetAsync(left[1].MailingId)).State.ShouldBe(MailingState.Committed);
        await desk.CountsHoldAsync();
    }
}
