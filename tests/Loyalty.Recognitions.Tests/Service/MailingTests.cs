using Loyalty.Communications.V1;
using Loyalty.Recognitions.V1;

namespace Loyalty.Recognitions.Tests.Service;

public abstract class MailingTests(RecognitionsHost host) : IDisposable
{
    [Fact]
    public async Task A_gate_that_is_away_is_asked_again_until_it_answers()
    {
        var person = Guid.CreateVersion7();
        host.Gate.Away = 3;
        await host.HearAsync(host.Act(person));
        (await host.ListAsync(person)).ShouldHaveSingleItem().State.ShouldBe(RecognitionState.Mailed);
        host.Gate.For(person).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(MailingState.Sent, RecognitionState.Delivered)]
    [InlineData(MailingState.Failed, RecognitionState.Undelivered)]
    [InlineData(MailingState.Unknown, RecognitionState.Undelivered)]
    [InlineData(MailingState.Declined, RecognitionState.Undelivered)]
    [InlineData(MailingState.Cancelled, RecognitionState.Undelivered)]
    [InlineData(MailingState.Expired, RecognitionState.Undelivered)]
    public async Task The_end_of_the_mailing_is_noted(MailingState end, RecognitionState state)
    {
        var recognition = await ThankAsync();
        await host.EndAsync(recognition, end);
        (await AgainAsync(recognition)).State.ShouldBe(state);
    }

    [Fact]
    public async Task A_mailing_that_had_arrived_after_all_counts_and_never_the_other_way_round()
    {
        var recognition = await ThankAsync();
        await host.EndAsync(recognition, MailingState.Unknown);
        await host.EndAsync(recognition, MailingState.Sent);
        (await AgainAsync(recognition)).State.ShouldBe(RecognitionState.Delivered);
        await host.EndAsync(recognition, MailingState.Unknown);
        (await AgainAsync(recognition)).State.ShouldBe(RecognitionState.Delivered);
    }

    [Fact]
    public async Task Mailings_of_others_do_not_count()
    {
        var recognition = await ThankAsync();
        await host.EndAsync(recognition, MailingState.Sent, mailingId: Guid.NewGuid().ToString());
        await host.EndAsync(recognition, MailingState.Sent, template: "newsletter");
        await host.EndAsync(new Recognition { RecognitionId = "somebody's request", CustomerId = recognition.CustomerId, MailingId = recognition.MailingId }, MailingState.Sent);
        (await AgainAsync(recognition)).State.ShouldBe(RecognitionState.Mailed);
    }

    [Fact]
    public async Task A_mailing_that_is_declined_at_once_leaves_the_thanks_undelivered()
    {
        host.Gate.Answer = MailingState.Declined;
        (await ThankAsync()).State.ShouldBe(RecognitionState.Undelivered);
    }

    public void Dispose()
    {
        (host.Gate.Away, host.Gate.Answer) = (0, MailingState.Waiting);
        GC.SuppressFinalize(this);
    }

    private async Task<Recognition> ThankAsync()
    {
        var person = Guid.CreateVersion7();
        await host.HearAsync(host.Act(person));
        return (await host.ListAsync(person)).ShouldHaveSingleItem();
    }

    private async Task<Recognition> AgainAsync(Recognition recognition) =>
        (await host.ListAsync(Guid.Parse(recognition.CustomerId))).ShouldHaveSingleItem();
}

public sealed class MailingOnSqlite(RecognitionsOnSqlite host) : MailingTests(host), IClassFixture<RecognitionsOnSqlite>;

public sealed class MailingOnPostgres(RecognitionsOnPostgres host) : MailingTests(host), IClassFixture<RecognitionsOnPostgres>;
