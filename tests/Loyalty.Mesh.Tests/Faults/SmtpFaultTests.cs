using Loyalty.Communications.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>One mesh for all tests of the class; each brings its own people and heals the SMTP server.</summary>
public sealed class OneMesh : IAsyncLifetime
{
    internal MeshDeployment Mesh { get; private set; } = null!; // set before any test runs

    public async ValueTask InitializeAsync() => Mesh = await MeshDeployment.StartAsync(TwoDispatchers.Impatient);

    public ValueTask DisposeAsync() => Mesh.DisposeAsync();
}

/// <summary>A provider that refuses, drops, is slow or is away.</summary>
public sealed class SmtpFaultTests(OneMesh fixture) : IClassFixture<OneMesh>
{
    private readonly MeshDeployment _mesh = fixture.Mesh;

    [Theory]
    [InlineData(SinkMoment.Greeting)]
    [InlineData(SinkMoment.Ehlo)]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    [InlineData(SinkMoment.FinalDot)]
    public async Task What_is_refused_for_the_moment_goes_later_and_once(SinkMoment moment)
    {
        var (crowd, ids) = await WithFaultAsync(moment, new SinkFault.Refuse(451), times: 3);

        var states = await crowd.JudgeAsync();
        ids.ShouldAllBe(id => states[id] == MailingState.Sent);
        crowd.Received().Count.ShouldBe(ids.Count);
    }

    [Theory]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    [InlineData(SinkMoment.FinalDot)]
    public async Task What_is_refused_for_good_has_failed_and_is_not_tried_again(SinkMoment moment)
    {
        var (crowd, ids) = await WithFaultAsync(moment, new SinkFault.Refuse(554), times: 2);

        var states = await crowd.JudgeAsync();
        ids.Count(id => states[id] == MailingState.Failed).ShouldBe(2);
        ids.Count(id => states[id] == MailingState.Sent).ShouldBe(ids.Count - 2);
        crowd.Received().Count.ShouldBe(ids.Count - 2);
    }

    [Theory]
    [InlineData(SinkMoment.Greeting)]
    [InlineData(SinkMoment.Ehlo)]
    public async Task A_provider_that_refuses_to_talk_costs_no_mailing(SinkMoment moment)
    {
        var (crowd, ids) = await WithFaultAsync(moment, new SinkFault.Refuse(554, ThenClose: true), times: 3);

        var states = await crowd.JudgeAsync();
        ids.ShouldAllBe(id => states[id] == MailingState.Sent);
    }

    [Theory]
    [InlineData(SinkMoment.Ehlo)]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    public async Task A_connection_that_drops_before_the_final_dot_costs_no_mailing(SinkMoment moment)
    {
        var (crowd, ids) = await WithFaultAsync(moment, new SinkFault.Drop(), times: 2);

        var states = await crowd.JudgeAsync();
        ids.ShouldAllBe(id => states[id] == MailingState.Sent);
        crowd.Received().Count.ShouldBe(ids.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_drops_after_the_final_dot_leaves_promotions_unknown_and_sends_receipts_again(bool accepted)
    {
        var crowd = new Crowd(_mesh);
        await crowd.JoinAsync(3);
        await crowd.StepToAsync(Ten(crowd.Now), TimeSpan.FromHours(24));
        _mesh.Mail.At(SinkMoment.FinalDot, accepted ? new SinkFault.AcceptThenDrop() : new SinkFault.Drop(), times: 6);
        var promotions = await SubmitAsync(crowd, MailingClass.Promotion);
        var receipts = await SubmitAsync(crowd, MailingClass.Transactional);
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(20));
        _mesh.Mail.Heal();

        var states = await crowd.JudgeAsync();
        var arrived = crowd.Received();
        promotions.ShouldContain(id => states[id] == MailingState.Unknown);
        promotions.ShouldAllBe(id => states[id] == MailingState.Unknown || states[id] == MailingState.Sent);
        arrived.Count(mail => promotions.Contains(mail.MailingId) && states[mail.MailingId] == MailingState.Unknown)
            .ShouldBe(accepted ? promotions.Count(id => states[id] == MailingState.Unknown) : 0);
        receipts.ShouldAllBe(id => states[id] == MailingState.Sent);
    }

    [Theory]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Body)]
    [InlineData(SinkMoment.FinalDot)]
    public async Task A_slow_provider_gets_every_mailing_once(SinkMoment moment)
    {
        var (crowd, ids) = await WithFaultAsync(moment, new SinkFault.Delay(TimeSpan.FromMilliseconds(700)), times: 4);

        var states = await crowd.JudgeAsync();
        ids.ShouldAllBe(id => states[id] == MailingState.Sent);
        crowd.Received().Count.ShouldBe(ids.Count);
    }

    [Fact]
    public async Task After_hours_without_a_provider_nothing_leaves_late_expired_or_withdrawn()
    {
        var crowd = new Crowd(_mesh);
        await crowd.JoinAsync(9);
        await crowd.StepToAsync(Ten(crowd.Now).AddHours(6), TimeSpan.FromHours(24)); // sixteen o'clock in Warsaw, in winter
        var afternoon = crowd.Now;
        var template = await crowd.TemplateAsync(MailingClass.Promotion);
        await _mesh.Mail.StopAsync();
        var (expiring, withdrawn, patient) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var (i, person) in crowd.People.Index())
            (i % 3 == 0 ? expiring : i % 3 == 1 ? withdrawn : patient).Add((await crowd.SubmitAsync(person, template, afternoon + (i % 3 == 0 ? TimeSpan.FromHours(3) : TimeSpan.FromDays(2)))).MailingId);
        await crowd.StepToAsync(afternoon.AddHours(2), TimeSpan.FromMinutes(10));
        foreach (var person in crowd.People.Where((_, i) => i % 3 == 1))
            await crowd.WithdrawAsync(person);
        await crowd.StepToAsync(afternoon.AddHours(7), TimeSpan.FromMinutes(10)); // 23:00: the night has begun
        _mesh.Mail.Resume();
        await crowd.StepToAsync(afternoon.AddHours(13), TimeSpan.FromMinutes(10)); // 05:00
        var inTheNight = crowd.Received().Count;
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(10));

        var states = await crowd.JudgeAsync();
        inTheNight.ShouldBe(0);
        expiring.ShouldAllBe(id => states[id] == MailingState.Expired);
        withdrawn.ShouldAllBe(id => states[id] == MailingState.Declined);
        patient.ShouldAllBe(id => states[id] == MailingState.Sent);
        crowd.Received().Count.ShouldBe(patient.Count);
    }

    [Theory]
    [InlineData(7)]
    public async Task Under_random_faults_of_every_kind_no_cap_is_exceeded_and_nothing_comes_twice(int seed)
    {
        var crowd = new Crowd(_mesh);
        await crowd.JoinAsync(8);
        await crowd.StepToAsync(Ten(crowd.Now), TimeSpan.FromHours(24));
        var moments = new[] { SinkMoment.Greeting, SinkMoment.Ehlo, SinkMoment.Mail, SinkMoment.Rcpt, SinkMoment.Data, SinkMoment.Body, SinkMoment.FinalDot };
        foreach (var (i, moment) in moments.Index())
        {
            _mesh.Mail.AtRandom(moment, new SinkFault.Drop(), 0.04, seed + i);
            if (moment is not SinkMoment.Body)
                _mesh.Mail.AtRandom(moment, new SinkFault.Refuse(451), 0.04, seed + 10 + i);
            if (moment is SinkMoment.Rcpt or SinkMoment.FinalDot)
                _mesh.Mail.AtRandom(moment, new SinkFault.Refuse(554), 0.04, seed + 20 + i);
        }

        _mesh.Mail.AtRandom(SinkMoment.FinalDot, new SinkFault.AcceptThenDrop(), 0.1, seed);
        var start = crowd.Now;
        var template = await crowd.TemplateAsync(MailingClass.Promotion);
        for (var day = 0; day < 10; day++)
        {
            await crowd.StepToAsync(start.AddDays(day), TimeSpan.FromMinutes(30));
            foreach (var person in crowd.People)
                await crowd.SubmitAsync(person, template, crowd.Now.AddDays(2));
            await SubmitAsync(crowd, MailingClass.Transactional);
        }

        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(30));
        _mesh.Mail.Heal();

        var states = await crowd.JudgeAsync();
        new[] { MailingState.Sent, MailingState.Failed, MailingState.Unknown }.ShouldBeSubsetOf(states.Values);
    }

    /// <summary>Six people at ten in the morning, a promotion each, and a fault that passes.</summary>
    private async Task<(Crowd Crowd, List<string> Ids)> WithFaultAsync(SinkMoment moment, SinkFault fault, int times)
    {
        var crowd = new Crowd(_mesh);
        await crowd.JoinAsync(6);
        await crowd.StepToAsync(Ten(crowd.Now), TimeSpan.FromHours(24));
        _mesh.Mail.DropConnections(); // or the first mails would find a session that was greeted before
        _mesh.Mail.At(moment, fault, times);
        var ids = await SubmitAsync(crowd, MailingClass.Promotion);
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(20));
        _mesh.Mail.Heal();
        return (crowd, ids);
    }

    private static async Task<List<string>> SubmitAsync(Crowd crowd, MailingClass mailingClass)
    {
        var ids = new List<string>();
        foreach (var person in crowd.People)
            ids.Add((await crowd.SubmitAsync(person, await crowd.TemplateAsync(mailingClass), crowd.Now.AddDays(2))).MailingId);
        return ids;
    }

    /// <summary>The next time that it is ten in Warsaw, in winter; eleven in summer.</summary>
    private static DateTimeOffset Ten(DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.UtcDateTime.Date.AddHours(9), TimeSpan.Zero);
        return today > now ? today : today.AddDays(1);
    }
}
