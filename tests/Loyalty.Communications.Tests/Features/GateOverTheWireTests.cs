using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.Features;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Communications.Tests.Features;

public sealed class GateOverTheWireTests
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_dry_run_and_a_submit_agree_and_the_dry_run_changes_nothing(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        await desk.ReachesAsync((await desk.SubmitAsync(template, maria)).MailingId, MailingState.Sent);
        CheckAttentionResponse? dry = null;
        await desk.Services.ChangesNothingAsync("communication", async () =>
            dry = await desk.Attention.CheckAttentionAsync(new CheckAttentionRequest { CustomerId = maria, Template = template }));

        var real = (await desk.SubmitAsync(template, maria)).Decision;

        var said = dry.ShouldNotBeNull().Decision;
        (said.Outcome, said.EarliestAt, said.Place, said.Ahead).ShouldBe((real.Outcome, real.EarliestAt, real.Place, real.Ahead));
        said.Verdicts.Select(Ageless).ShouldBe(real.Verdicts.Select(Ageless));
        dry.AsOf.ToDateTimeOffset().ShouldBe(desk.Clock.GetUtcNow());
        desk.Clock.Advance(TimeSpan.FromSeconds(1)); // of two of the same instant either may stand first
        (await desk.Attention.CheckAttentionAsync(new CheckAttentionRequest { CustomerId = maria, Template = template })).Decision.Ahead.ShouldBe(1);
    }

    /// <summary>How long ago a heartbeat was heard is real time: it passes between the two calls.</summary>
    private static RuleVerdict Ageless(RuleVerdict verdict)
    {
        var ageless = verdict.Clone();
        if (ageless.Rule == "stale_profile")
            ageless.Observed = "";
        return ageless;
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_withdrawal_told_by_customer_declines_what_waits(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var request = Desk.Request(await desk.TemplateAsync(), maria);
        request.NotBefore = desk.Clock.GetUtcNow().AddDays(1).ToTimestamp();
        var mailing = await desk.SubmitAsync(request);

        await desk.ConsentAsync(maria, Purpose.Marketing, withdrawnAt: desk.Clock.GetUtcNow());

        (await desk.ReachesAsync(mailing.MailingId, MailingState.Declined)).EndReason.ShouldBe("NO_CONSENT");
        await desk.ConsentAsync(maria, Purpose.Marketing, givenAt: desk.Clock.GetUtcNow().AddDays(-2)); // older, and late
        (await desk.SubmitAsync(request.Template, maria)).Decision.Reason.ShouldBe("NO_CONSENT");
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_mailing_at_night_waits_for_the_morning_of_the_person(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var asleep = await desk.PersonAsync(zone: "America/Los_Angeles"); // 01:00 there

        var mailing = await desk.SubmitAsync(await desk.TemplateAsync(), asleep);

        mailing.Decision.EarliestAt.ToDateTimeOffset().ShouldBe(new DateTimeOffset(2026, 3, 2, 17, 0, 0, TimeSpan.Zero));
        mailing.Decision.Verdicts.ShouldContain(v => v.Rule == "quiet_hours" && v.Outcome == RuleVerdict.Types.Outcome.Hold);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_waiting_mailing_can_be_cancelled_and_an_ended_one_cannot(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        var sent = await desk.SubmitAsync(template, maria);
        await desk.ReachesAsync(sent.MailingId, MailingState.Sent);
        var waiting = await desk.SubmitAsync(template, maria);

        var cancelled = (await desk.Mailings.CancelMailingAsync(new CancelMailingRequest { MailingId = waiting.MailingId })).Mailing;

        (cancelled.State, cancelled.EndReason).ShouldBe((MailingState.Cancelled, "BY_SENDER"));
        (await desk.Mailings.CancelMailingAsync(new CancelMailingRequest { MailingId = waiting.MailingId })).Mailing.ShouldBe(cancelled);
        (await RefusedCall.OfAsync(desk.Mailings.CancelMailingAsync(new CancelMailingRequest { MailingId = sent.MailingId }))).Reason.ShouldBe("MAILING_ENDED");
        (await RefusedCall.OfAsync(desk.Mailings.CancelMailingAsync(new CancelMailingRequest { MailingId = Guid.NewGuid().ToString() }))).Reason.ShouldBe("MAILING_UNKNOWN");
        await desk.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_template_is_written_approved_and_read_by_version(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var name = await desk.TemplateAsync();
        var next = (await desk.Templates.GetTemplateAsync(new GetTemplateRequest { Name = name })).Template.Clone();
        next.Texts[0].Subject = "Anew {{word}}";
        var request = new CreateTemplateRequest { RequestId = "next", Template = next };
        var second = (await desk.Templates.CreateTemplateAsync(request)).Template;
        (second.Version, second.Approved).ShouldBe((2, false));
        (await desk.Templates.CreateTemplateAsync(request)).Template.Version.ShouldBe(2);
        (await desk.Templates.GetTemplateAsync(new GetTemplateRequest { Name = name })).Template.Version.ShouldBe(1);

        await desk.Templates.ApproveTemplateAsync(new ApproveTemplateRequest { Name = name, Version = 2 });

        (await desk.Templates.GetTemplateAsync(new GetTemplateRequest { Name = name })).Template.Version.ShouldBe(2);
        (await desk.Templates.GetTemplateAsync(new GetTemplateRequest { Name = "thanks" })).Template.Texts.Select(t => t.Locale).ShouldBe(["en", "pl", "ru", "lv"]);
        next.Texts[0].Text = "{{unheard}}";
        var refused = await RefusedCall.OfAsync(desk.Templates.CreateTemplateAsync(new CreateTemplateRequest { RequestId = "bad", Template = next }));
        (refused.Code, refused.Fields.Single()).ShouldBe((StatusCode.InvalidArgument, "template.texts[0]"));
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task What_retention_deletes_stays_counted(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var mailing = await desk.SubmitAsync(await desk.TemplateAsync(), await desk.PersonAsync());
        await desk.ReachesAsync(mailing.MailingId, MailingState.Sent);

        await desk.Services.Services.GetRequiredService<RetireMailings>().RunAsync(desk.Clock.GetUtcNow().AddDays(91), CancellationToken.None);

        (await RefusedCall.OfAsync(desk.Mailings.GetMailingAsync(new GetMailingRequest { MailingId = mailing.MailingId }))).Code.ShouldBe(StatusCode.NotFound);
        (await desk.Services.QueryAsync<long>("communication", "SELECT mailings FROM retired")).ShouldBe([1L]);
        await desk.CountsHoldAsync();
    }
}
