using Loyalty.Communications.Domain;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>A process stops between two steps of a decision, for ever or for longer than it may.</summary>
public sealed class StallTests
{
    [Theory]
    [InlineData(Provider.Postgres, Checkpoints.AfterCommit)]
    [InlineData(Provider.Sqlite, Checkpoints.AfterCommit)]
    [InlineData(Provider.Postgres, Checkpoints.BeforeHanded)]
    [InlineData(Provider.Sqlite, Checkpoints.BeforeHanded)]
    public async Task What_is_committed_and_not_handed_over_is_released_and_sent_once_by_another(Provider provider, string step)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(step);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var mailing = await post.SubmitAsync(await post.PersonAsync(), await post.TemplateAsync());
        await stall.ReachedAsync();
        (await post.ViewAsync(mailing)).State.ShouldBe(MailingState.Committed);

        await post.AddAsync(checkpoints: null);
        post.Mail.ReceivedCount.ShouldBe(0);
        post.Clock.Advance(TimeSpan.FromSeconds(46));
        await post.ReachesAsync(mailing, MailingState.Sent);

        await stall.GoOnAsync(); // 46 s late it wants to hand over, under a token that is spent
        await post.UntilQuietAsync();
        post.Mail.Received.Select(PostOffice.MailingOf).ShouldBe([mailing]);
        await post.CountsHoldAsync();
    }

    [Theory]
    [InlineData(Provider.Postgres, Checkpoints.AfterHanded, 0)]
    [InlineData(Provider.Sqlite, Checkpoints.AfterHanded, 0)]
    [InlineData(Provider.Postgres, Checkpoints.AfterDot, 1)]
    [InlineData(Provider.Sqlite, Checkpoints.AfterDot, 1)]
    public async Task A_promotion_whose_outcome_is_lost_is_unknown_and_never_sent_again(Provider provider, string step, int received)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(step);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var person = await post.PersonAsync();
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        (await post.ViewAsync(mailing)).State.ShouldBe(MailingState.Handed);

        await post.AddAsync(checkpoints: null);
        post.Clock.Advance(TimeSpan.FromMinutes(15));
        (await post.ReachesAsync(mailing, MailingState.Unknown)).EndReason.ShouldBe(EndReasons.OutcomeLost);

        post.Mail.Received.Select(PostOffice.MailingOf).ShouldBe(Enumerable.Repeat(mailing, received));
        (await post.LedgerAsync(person))[mailing].ShouldBe(Instant.Of(post.Clock.GetUtcNow())); // late: it counts from when that was known
        await post.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_service_mailing_whose_outcome_is_lost_goes_again_under_the_same_message_id(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(Checkpoints.AfterDot);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var mailing = await post.SubmitAsync(await post.PersonAsync(), await post.TemplateAsync(MailingClass.Service, Intent.Inform));
        await stall.ReachedAsync();

        await post.AddAsync(checkpoints: null);
        post.Clock.Advance(TimeSpan.FromMinutes(15));
        await post.ReachesAsync(mailing, MailingState.Waiting);
        post.Clock.Advance(TimeSpan.FromHours(2)); // backoff and spread
        await post.ReachesAsync(mailing, MailingState.Sent);

        post.Mail.Received.Select(m => m.MessageId).Distinct().ShouldHaveSingleItem();
        post.Mail.ReceivedCount.ShouldBe(2);
        await post.CountsHoldAsync();
    }

    [Theory]
    [InlineData(Provider.Postgres, Checkpoints.AfterCommit)]
    [InlineData(Provider.Sqlite, Checkpoints.AfterCommit)]
    [InlineData(Provider.Postgres, Checkpoints.BeforeHanded)]
    [InlineData(Provider.Sqlite, Checkpoints.BeforeHanded)]
    public async Task A_withdrawal_wins_against_what_is_committed(Provider provider, string step)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(step);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var person = await post.PersonAsync();
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        (await post.LedgerAsync(person)).ShouldContainKey(mailing);

        await post.WithdrawAsync(person);

        (await post.LedgerAsync(person)).ShouldBeEmpty();
        await post.AddAsync(checkpoints: null);
        await stall.GoOnAsync();
        (await post.ReachesAsync(mailing, MailingState.Declined)).EndReason.ShouldBe("NO_CONSENT");
        await post.UntilQuietAsync();
        post.Mail.ReceivedCount.ShouldBe(0);
        await post.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_late_outcome_moves_the_entry_to_its_own_instant(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(Checkpoints.AfterDot);
        await post.AddAsync(stall.Checkpoints);
        var person = await post.PersonAsync();
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        post.Clock.Advance(TimeSpan.FromMinutes(5));

        await stall.GoOnAsync();

        await post.ReachesAsync(mailing, MailingState.Sent);
        (await post.LedgerAsync(person))[mailing].ShouldBe(Instant.Of(post.Clock.GetUtcNow()));
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task An_outcome_in_time_leaves_the_entry_where_it_is(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(Checkpoints.AfterDot);
        await post.AddAsync(stall.Checkpoints);
        var person = await post.PersonAsync();
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        var committedAt = Instant.Of(post.Clock.GetUtcNow());
        post.Clock.Advance(TimeSpan.FromSeconds(60));

        await stall.GoOnAsync();

        await post.ReachesAsync(mailing, MailingState.Sent);
        (await post.LedgerAsync(person))[mailing].ShouldBe(committedAt);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_cancel_takes_back_what_is_committed_and_not_what_is_handed_over(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var stall = new Stall(Checkpoints.BeforeHanded);
        await post.AddAsync(stall.Checkpoints, ("Communication:Dispatchers", "1"));
        var person = await post.PersonAsync();
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await stall.ReachedAsync();
        var cancel = post.Any.GetService(typeof(Communications.Features.CancelMailing)).ShouldBeOfType<Communications.Features.CancelMailing>();

        (await cancel.RunAsync(mailing, CancellationToken.None)).State.ShouldBe(MailingState.Cancelled);

        (await post.LedgerAsync(person)).ShouldBeEmpty();
        await stall.GoOnAsync();
        await post.UntilQuietAsync();
        post.Mail.ReceivedCount.ShouldBe(0);
        (await cancel.RunAsync(mailing, CancellationToken.None)).State.ShouldBe(MailingState.Cancelled);
        await post.CountsHoldAsync();
    }
}
