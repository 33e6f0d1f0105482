using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;

namespace Loyalty.Communications.Tests.Features;

public sealed class SubmitMailingTests
{
    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task An_accepted_mailing_is_sent_and_its_end_is_said(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync("maria@example.com");
        var template = await desk.TemplateAsync(MailingClass.Service, MailingIntent.Inform);

        var mailing = await desk.SubmitAsync(template, maria);

        mailing.Decision.Outcome.ShouldBe(Decision.Types.Outcome.Send);
        mailing.Decision.Verdicts.ShouldContain(v => v.Rule == "reachable" && v.Outcome == RuleVerdict.Types.Outcome.Pass);
        var sent = await desk.ReachesAsync(mailing.MailingId, MailingState.Sent);
        sent.Sender.ShouldBe("anonymous");
        var mail = desk.Mail.Received.ShouldHaveSingleItem();
        mail.To.ShouldBe(["maria@example.com"]);
        mail.MessageId.ShouldBe($"<{mailing.MailingId}@shop.example>");
        mail.Header("Subject").ShouldBe("About it");
        await Eventually.ReachesAsync(
            () => desk.Services.QueryAsync<string>("communication", "SELECT type FROM outbox UNION ALL SELECT 'none'"), types => types.Count >= 1);
        await desk.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task One_request_id_has_one_effect(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var request = Desk.Request(await desk.TemplateAsync(), maria);

        var first = await desk.SubmitAsync(request);
        await desk.ReachesAsync(first.MailingId, MailingState.Sent);
        var again = await desk.SubmitAsync(request);

        again.MailingId.ShouldBe(first.MailingId);
        again.State.ShouldBe(MailingState.Sent);
        desk.Mail.ReceivedCount.ShouldBe(1);
        var other = request.Clone();
        other.Variables["word"] = "another";
        await desk.Services.ChangesNothingAsync("communication", async () =>
        {
            var refused = await RefusedCall.OfAsync(desk.Mailings.SubmitMailingAsync(other));
            (refused.Code, refused.Reason).ShouldBe((StatusCode.Aborted, "REQUEST_ID_REUSED"));
        });
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task The_same_request_many_times_at_once_is_one_mailing(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var request = Desk.Request(await desk.TemplateAsync(), await desk.PersonAsync());

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => desk.SubmitAsync(request)));

        answers.Select(a => a.MailingId).Distinct().Count().ShouldBe(1);
        await desk.ReachesAsync(answers[0].MailingId, MailingState.Sent);
        desk.Mail.ReceivedCount.ShouldBe(1);
        await desk.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task What_is_wrong_is_named_and_changes_nothing(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var template = await desk.TemplateAsync(change: t => t.HighestPriority = 3);
        var code = await desk.TemplateAsync(MailingClass.Transactional, MailingIntent.Inform);
        var draft = await desk.TemplateAsync(approved: false);
        var id = Guid.CreateVersion7().ToString();
        await desk.Services.ChangesNothingAsync("communication", async () =>
        {
            await InvalidAsync(desk, Desk.Request(template), "customer_id");
            await InvalidAsync(desk, Desk.Request(template, "maria"), "customer_id");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.RequestId = ""), "request_id");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.Priority = 4), "priority");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.Variables.Clear()), "variables[word]");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.Variables["more"] = "x"), "variables[more]");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.Variables["word"] = new string('x', 4001)), "variables[word]");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.Channel = Channel.Sms), "channel");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.ExpiresAt = desk.Clock.GetUtcNow().AddDays(91).ToTimestamp()), "expires_at");
            await InvalidAsync(desk, Changed(Desk.Request(template, id), r => r.CollapseKey = new string('x', 129)), "collapse_key");
            await InvalidAsync(desk, Changed(Desk.Request(template), r => r.Direct = new DirectRecipient { Channel = Channel.Email, Address = "a@example.com" }), "direct");
            await InvalidAsync(desk, Changed(Desk.Request(code), r => r.Direct = new DirectRecipient { Channel = Channel.Email, Address = "nowhere" }), "direct.address");
            (await RefusedCall.OfAsync(desk.Mailings.SubmitMailingAsync(Desk.Request("nothing", id)))).Reason.ShouldBe("TEMPLATE_UNKNOWN");
            (await RefusedCall.OfAsync(desk.Mailings.SubmitMailingAsync(Desk.Request(draft, id)))).Reason.ShouldBe("TEMPLATE_NOT_APPROVED");
        });
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Validate_only_says_what_would_happen_and_changes_nothing(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var (maria, stranger) = (await desk.PersonAsync(), await desk.PersonAsync(marketing: false));
        var template = await desk.TemplateAsync();
        await desk.Services.ChangesNothingAsync("communication", async () =>
        {
            var would = await desk.SubmitAsync(Changed(Desk.Request(template, maria), r => r.ValidateOnly = true));
            (would.MailingId, would.State, would.Decision.Outcome).ShouldBe(("", MailingState.Waiting, Decision.Types.Outcome.Send));
            var never = await desk.SubmitAsync(Changed(Desk.Request(template, stranger), r => r.ValidateOnly = true));
            (never.State, never.Decision.Reason).ShouldBe((MailingState.Declined, "NO_CONSENT"));
        });
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task Validate_only_leaves_out_what_the_mailing_would_replace(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        await desk.SubmitAsync(Changed(Desk.Request(template, maria), r =>
        {
            r.CollapseKey = "basket";
            r.NotBefore = desk.Clock.GetUtcNow().AddHours(1).ToTimestamp();
        }));
        desk.Clock.Advance(TimeSpan.FromMinutes(1));

        var beside = await desk.SubmitAsync(Changed(Desk.Request(template, maria), r => r.ValidateOnly = true));
        var instead = await desk.SubmitAsync(Changed(Desk.Request(template, maria), r => (r.ValidateOnly, r.CollapseKey) = (true, "basket")));

        beside.Decision.Outcome.ShouldBe(Decision.Types.Outcome.Defer); // the older one is promised its hour
        instead.Decision.Outcome.ShouldBe(Decision.Types.Outcome.Send);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task What_stood_behind_a_replaced_mailing_goes_as_soon_as_it_may(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        SubmitMailingRequest Basket(int hours) => Changed(Desk.Request(template, maria), r =>
        {
            r.CollapseKey = "basket";
            r.NotBefore = desk.Clock.GetUtcNow().AddHours(hours).ToTimestamp();
        });
        await desk.SubmitAsync(Basket(hours: 1));
        desk.Clock.Advance(TimeSpan.FromMinutes(1));
        var behind = await desk.SubmitAsync(template, maria);
        behind.Decision.Outcome.ShouldBe(Decision.Types.Outcome.Defer);

        await desk.SubmitAsync(Basket(hours: 72));

        await desk.ReachesAsync(behind.MailingId, MailingState.Sent); // the clock stands still
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_decline_is_an_answer_and_final(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var stranger = await desk.PersonAsync(marketing: false);

        var declined = await desk.SubmitAsync(await desk.TemplateAsync(), stranger);

        (declined.State, declined.EndReason).ShouldBe((MailingState.Declined, "NO_CONSENT"));
        (await desk.GetAsync(declined.MailingId)).Decision.Verdicts.ShouldContain(v => v.Rule == "consent" && v.Outcome == RuleVerdict.Types.Outcome.Forbid);
        await desk.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_deferral_names_the_time_and_keeps_it(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        var first = await desk.SubmitAsync(template, maria);
        await desk.ReachesAsync(first.MailingId, MailingState.Sent);

        var second = await desk.SubmitAsync(template, maria);

        second.Decision.Outcome.ShouldBe(Decision.Types.Outcome.Defer);
        second.Decision.Verdicts.ShouldContain(v => v.Rule == "gap" && v.Outcome == RuleVerdict.Types.Outcome.Hold);
        var earliest = second.Decision.EarliestAt.ToDateTimeOffset();
        earliest.ShouldBeGreaterThan(desk.Clock.GetUtcNow().AddHours(20));
        var look = second.NextLookAt.ToDateTimeOffset();
        look.ShouldBeInRange(earliest, earliest.AddHours(1));
        desk.Clock.AdvanceTo(look.AddSeconds(-1));
        (await desk.Attention.CheckAttentionAsync(new CheckAttentionRequest { CustomerId = maria, Template = template })).Decision.Outcome
            .ShouldBe(Decision.Types.Outcome.Defer);
        desk.Mail.ReceivedCount.ShouldBe(1);
        desk.Clock.AdvanceTo(look);
        await desk.ReachesAsync(second.MailingId, MailingState.Sent);
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_newer_one_replaces_a_waiting_one_and_inherits_its_age(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var maria = await desk.PersonAsync();
        var template = await desk.TemplateAsync();
        SubmitMailingRequest Later() => Changed(Desk.Request(template, maria), r =>
        {
            r.CollapseKey = "basket";
            r.NotBefore = desk.Clock.GetUtcNow().AddHours(1).ToTimestamp();
        });
        var older = await desk.SubmitAsync(Later());
        desk.Clock.Advance(TimeSpan.FromMinutes(5));

        var newer = await desk.SubmitAsync(Later());

        var replaced = await desk.GetAsync(older.MailingId);
        (replaced.State, replaced.EndReason).ShouldBe((MailingState.Cancelled, "COLLAPSED"));
        (await desk.Services.QueryAsync<long>("communication", "SELECT age_at FROM queue")).ShouldBe([Instant.Of(older.AcceptedAt.ToDateTimeOffset())]);
        newer.State.ShouldBe(MailingState.Waiting);
        await desk.CountsHoldAsync();
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_mailing_for_an_unknown_id_waits_for_its_profile(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var template = await desk.TemplateAsync(MailingClass.Service, MailingIntent.Inform);
        var (nobody, late) = (Guid.CreateVersion7().ToString(), Guid.CreateVersion7().ToString());
        var lost = await desk.SubmitAsync(template, nobody);
        var waiting = await desk.SubmitAsync(template, late);
        (waiting.State, waiting.Decision.WaitsFor.Single()).ShouldBe((MailingState.Waiting, "PROFILE"));

        desk.Address(late, "late@example.com");
        await desk.TellAsync(
            new PreferencesChanged { CustomerId = late, Revision = desk.Next(), Preferences = new Preferences { TimeZone = "Atlantic/Reykjavik" } },
            new CustomerRegistered { CustomerId = late, Revision = desk.Next() });
        var known = await Eventually.ReachesAsync(() => desk.GetAsync(waiting.MailingId), mailing => mailing.Decision.WaitsFor.Count == 0);
        desk.Clock.AdvanceTo(known.NextLookAt.ToDateTimeOffset()); // those who waited together do not all leave together
        await desk.ReachesAsync(waiting.MailingId, MailingState.Sent);

        desk.Clock.Advance(TimeSpan.FromMinutes(10));
        (await desk.ReachesAsync(lost.MailingId, MailingState.Declined)).EndReason.ShouldBe("UNKNOWN_CUSTOMER");
    }

    [Theory, InlineData(Provider.Postgres), InlineData(Provider.Sqlite)]
    public async Task A_code_goes_to_an_address_without_a_customer_thirty_times_a_day(Provider provider)
    {
        await using var desk = await Desk.OpenAsync(provider);
        var code = await desk.TemplateAsync(MailingClass.Transactional, MailingIntent.Inform, change: t => t.SecretVariables.Add("word"));
        SubmitMailingRequest Code(string address) => Changed(Desk.Request(code, word: "4711"), r => r.Direct = new DirectRecipient { Channel = Channel.Email, Address = address });
        for (var i = 0; i < 30; i++)
            await desk.ReachesAsync((await desk.SubmitAsync(Code(i % 2 == 0 ? "New@example.com" : "new@EXAMPLE.com"))).MailingId, MailingState.Sent);

        var held = await desk.SubmitAsync(Code("new@example.com"));

        held.CustomerId.ShouldBeEmpty();
        held.Decision.Verdicts.ShouldContain(v => v.Rule == "ceiling" && v.Outcome == RuleVerdict.Types.Outcome.Hold);
        held.State.ShouldBe(MailingState.Declined); // it would expire first
        (await desk.SubmitAsync(Code("other@example.com"))).Decision.Outcome.ShouldBe(Decision.Types.Outcome.Send);
        await Eventually.ReachesAsync(() => desk.Services.QueryAsync<long>("communication", "SELECT count(*) FROM contents"), counts => counts[0] == 0);
        await desk.CountsHoldAsync();
    }

    private static SubmitMailingRequest Changed(SubmitMailingRequest request, Action<SubmitMailingRequest> change)
    {
        change(request);
        return request;
    }

    private static async Task InvalidAsync(Desk desk, SubmitMailingRequest request, string field)
    {
        var refused = await RefusedCall.OfAsync(desk.Mailings.SubmitMailingAsync(request));
        refused.Code.ShouldBe(StatusCode.InvalidArgument);
        refused.Fields.ShouldContain(field);
    }
}
