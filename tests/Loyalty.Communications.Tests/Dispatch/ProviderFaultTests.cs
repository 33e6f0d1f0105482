using Loyalty.Communications.Domain;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>Providers that refuse, drop, are slow or away; several dispatchers on the same people. What was really received is what counts.</summary>
public sealed class ProviderFaultTests
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Two_replicas_on_the_same_people_exceed_no_cap(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var template = await post.TemplateAsync();
        var people = new List<Guid>();
        for (var i = 0; i < 40; i++)
            people.Add(await post.PersonAsync());
        await post.AddAsync(checkpoints: null, ("Communication:BatchPeople", "7"), ("Communication:Dispatchers", "3"));
        await post.AddAsync(checkpoints: null, ("Communication:BatchPeople", "10"), ("Communication:Dispatchers", "3"));

        await Task.WhenAll(people.Select(async person =>
        {
            for (var i = 0; i < 3; i++)
                await post.SubmitAsync(person, template);
        }));
        await post.UntilQuietAsync();
        await post.BeHeardAsync();
        post.Clock.Advance(TimeSpan.FromHours(1)); // three that were accepted in the same microsecond may wait for their spread
        await post.UntilQuietAsync();

        post.Mail.Received.GroupBy(mail => mail.To.Single()).ShouldAllBe(inbox => inbox.Count() == 1);
        post.Mail.ReceivedCount.ShouldBe(40);
        await ReceivedOracle.HoldsAsync(post);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_refusal_for_now_gives_attention_back_and_is_tried_again(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        await post.AddAsync(checkpoints: null);
        var person = await post.PersonAsync();
        post.Mail.At(SinkMoment.Rcpt, new SinkFault.Refuse(451), times: 1);
        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());
        await post.UntilQuietAsync();
        (await post.ViewAsync(mailing)).State.ShouldBe(MailingState.Waiting);
        (await post.LedgerAsync(person)).ShouldBeEmpty();

        post.Clock.Advance(TimeSpan.FromHours(3));

        await post.ReachesAsync(mailing, MailingState.Sent);
        post.Mail.ReceivedCount.ShouldBe(1);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_refusal_for_good_fails_and_gives_attention_back(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        await post.AddAsync(checkpoints: null);
        var person = await post.PersonAsync();
        post.Mail.At(SinkMoment.Rcpt, new SinkFault.Refuse(550), times: 1);

        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());

        (await post.ReachesAsync(mailing, MailingState.Failed)).EndReason.ShouldBe(EndReasons.ProviderRefused);
        (await post.LedgerAsync(person)).ShouldBeEmpty();
        await post.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Silence_after_the_final_dot_is_unknown_and_keeps_its_attention(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        await post.AddAsync(checkpoints: null);
        var person = await post.PersonAsync();
        post.Mail.At(SinkMoment.FinalDot, new SinkFault.AcceptThenDrop(), times: 1);

        var mailing = await post.SubmitAsync(person, await post.TemplateAsync());

        (await post.ReachesAsync(mailing, MailingState.Unknown)).EndReason.ShouldBe(EndReasons.ProviderSilent);
        (await post.LedgerAsync(person)).ShouldContainKey(mailing);
        post.Mail.ReceivedCount.ShouldBe(1);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task After_hours_without_a_provider_nothing_leaves_that_expired_or_was_withdrawn(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        await post.AddAsync(checkpoints: null);
        await post.Mail.StopAsync();
        var template = await post.TemplateAsync();
        var (patient, hasty, gone) = (await post.PersonAsync(), await post.PersonAsync(), await post.PersonAsync());
        var later = await post.SubmitAsync(patient, template);
        var expired = await post.SubmitAsync(hasty, template, TimeSpan.FromHours(2));
        var withdrawn = await post.SubmitAsync(gone, template);
        for (var hour = 0; hour < 4; hour++)
            post.Clock.Advance(TimeSpan.FromHours(1));
        await post.WithdrawAsync(gone);
        await post.ReachesAsync(expired, MailingState.Expired);
        await post.ReachesAsync(withdrawn, MailingState.Declined);

        post.Mail.Resume();
        await Eventually.TrueAsync(
            async () =>
            {
                await post.BeHeardAsync();
                post.Clock.Advance(TimeSpan.FromMinutes(1));
                return (await post.ViewAsync(later)).State == MailingState.Sent;
            },
            TimeSpan.FromSeconds(30));

        post.Mail.Received.Select(PostOffice.MailingOf).ShouldBe([later]);
        await ReceivedOracle.HoldsAsync(post);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Ten_days_of_faults_exceed_no_cap_and_lose_nothing(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        await post.AddAsync(checkpoints: null, ("Communication:BatchPeople", "5"));
        await post.AddAsync(checkpoints: null, ("Communication:BatchPeople", "8"));
        var templates = new[] { await post.TemplateAsync(), await post.TemplateAsync(MailingClass.Relationship, Intent.Inform), await post.TemplateAsync(MailingClass.Service, Intent.Inform) };
        var people = new List<Guid>();
        for (var i = 0; i < 12; i++)
            people.Add(await post.PersonAsync());
        post.Mail
            .AtRandom(SinkMoment.Mail, new SinkFault.Refuse(421, ThenClose: true), 0.03, 1)
            .AtRandom(SinkMoment.Rcpt, new SinkFault.Refuse(450), 0.1, 2)
            .AtRandom(SinkMoment.Rcpt, new SinkFault.Refuse(550), 0.03, 3)
            .AtRandom(SinkMoment.Body, new SinkFault.Drop(), 0.05, 4)
            .AtRandom(SinkMoment.FinalDot, new SinkFault.AcceptThenDrop(), 0.05, 5)
            .AtRandom(SinkMoment.FinalDot, new SinkFault.Drop(), 0.03, 6);
        var random = new Random(7);
        for (var step = 0; step < 60; step++)
        {
            await post.BeHeardAsync();
            foreach (var person in people.Where(_ => random.Next(3) == 0))
                await post.SubmitAsync(person, templates[random.Next(3)]);
            if (random.Next(6) == 0)
                await post.WithdrawAsync(people[random.Next(people.Count / 3)]);
            post.Clock.Advance(TimeSpan.FromHours(4));
        }

        post.Mail.Heal();
        await post.UntilQuietAsync();
        post.Mail.ReceivedCount.ShouldBeGreaterThan(30);
        post.Mail.Violations.ShouldBeEmpty();
        await ReceivedOracle.HoldsAsync(post);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task One_persons_broken_row_stops_nobody_else(Provider provider)
    {
        await using var post = await PostOffice.OpenAsync(provider);
        var template = await post.TemplateAsync();
        var people = new List<Guid>();
        for (var i = 0; i < 9; i++)
            people.Add(await post.PersonAsync());
        var mailings = new List<Guid>();
        foreach (var person in people)
            mailings.Add(await post.SubmitAsync(person, template));
        await post.Database.WriteAsync(
            tx => tx.ExecuteAsync("UPDATE recipients SET ledger = @broken WHERE customer_id = @id", new { broken = new byte[] { 99 }, id = people[4] }), CancellationToken.None);

        await post.AddAsync(checkpoints: null);

        foreach (var mailing in mailings.Where((_, i) => i != 4))
            await post.ReachesAsync(mailing, MailingState.Sent);
        var look = await Eventually.ReachesAsync(() => post.ViewAsync(mailings[4]), view => view.NextLookAt > Instant.Of(post.Clock.GetUtcNow()));
        (look.State, look.NextLookAt).ShouldBe((MailingState.Waiting, Instant.Of(post.Clock.GetUtcNow().AddHours(1))));
        post.Clock.Advance(TimeSpan.FromDays(7));
        await post.ReachesAsync(mailings[4], MailingState.Expired);
    }

    [Fact]
    public async Task A_replica_whose_clock_is_off_does_not_dispatch()
    {
        await using var post = await PostOffice.OpenAsync(Provider.Postgres);
        var check = ActivatorUtilities.CreateInstance<ClockCheck>(post.Any);
        (await check.HoldsAsync(CancellationToken.None)).ShouldBeTrue();
        var off = ActivatorUtilities.CreateInstance<ClockCheck>(post.Any);
        off.Clock = new TestClock(TimeProvider.System.GetUtcNow().AddSeconds(11));
        (await off.HoldsAsync(CancellationToken.None)).ShouldBeFalse();
    }
}
