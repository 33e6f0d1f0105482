using Loyalty.Communications.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>Two communication processes on one database: side by side, killed at each step between a decision and its outcome, and stalled there.</summary>
public sealed class TwoDispatcherTests(TwoDispatchers fixture) : IClassFixture<TwoDispatchers>
{
    private static readonly TimeSpan CommitLasts = TimeSpan.FromSeconds(46);
    private static readonly TimeSpan OutcomeIsLost = TimeSpan.FromMinutes(16);

    private readonly FourProcesses _services = fixture.Services;

    [Fact]
    public async Task Two_dispatchers_on_the_same_people_keep_every_cap()
    {
        await BothRunAsync();
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(30);
        var senders = new[] { await OfferAsync("shop"), await OfferAsync("news"), await OfferAsync("travel") };
        var morning = Morning(crowd.Now);
        for (var day = 0; day < 9; day++)
        {
            await crowd.StepToAsync(morning.AddDays(day), TimeSpan.FromMinutes(40));
            await Parallel.ForEachAsync(
                from person in crowd.People.Index() from sender in senders.Index() select (person, sender),
                new ParallelOptions { MaxDegreeOfParallelism = 8 },
                async (mailing, _) => await crowd.SubmitAsync(
                    mailing.person.Item, mailing.sender.Item, crowd.Now.AddDays(3), over: (mailing.person.Index + mailing.sender.Index) % 2 == 0 ? _services.Clients : _services.SecondClients));
        }

        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(40));

        await crowd.JudgeAsync();
        var mails = _services.Mail.Received.Where(mail => crowd.People.Exists(person => mail.To.Contains(person.Address))).ToList();
        mails.CountBy(mail => mail.From).Count().ShouldBe(2, "both processes have sent");
        mails.CountBy(mail => mail.To.Single()).ShouldAllBe(person => person.Value >= 4); // the gate protects, it does not silence: two weeks bear more than three

        Task<string> OfferAsync(string sender) =>
            Stories.People.TemplateAsync(crowd.Stage, sender, MailingClass.Promotion, MailingIntent.Offer, $"From the {sender} team", $"Today's best of {sender}.");
    }

    [Theory]
    [InlineData("after_commit")]
    [InlineData("before_handed")]
    [InlineData("after_handed")]
    [InlineData("after_dot")]
    [InlineData("after_outcome")]
    public async Task A_dispatcher_killed_between_two_steps_sends_no_promotion_twice_and_loses_nothing(string step)
    {
        await BothRunAsync();
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(12);
        var (promotions, receipts) = await SubmitForNoonAsync(crowd, crowd.People, crowd.People);
        var (victim, survivor) = await ArmAsync(step);

        _services.Clock.AdvanceTo(Noon(crowd.Now).AddMinutes(70));
        var exit = await victim.WaitForExitAsync();
        await BothRunAsync();
        _services.Clock.AdvanceTo(crowd.Now + CommitLasts);
        await Eventually.ReachesAsync(crowd.StandingAsync, standing => standing.Committed == 0);
        _services.Clock.AdvanceTo(crowd.Now + OutcomeIsLost);
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(2));

        exit.ShouldBe(137);
        var states = await crowd.JudgeAsync();
        var arrived = crowd.Received().CountBy(mail => mail.MailingId).ToDictionary(StringComparer.Ordinal);
        receipts.ShouldAllBe(id => states[id] == MailingState.Sent);
        var unknown = promotions.Where(id => states[id] == MailingState.Unknown).ToList();
        promotions.Except(unknown).ShouldAllBe(id => states[id] == MailingState.Sent);
        switch (step)
        {
            case "after_commit" or "before_handed":
                unknown.ShouldBeEmpty("nothing had been handed over");
                arrived.Values.ShouldAllBe(times => times == 1);
                break;
            case "after_handed":
                unknown.ShouldNotBeEmpty();
                unknown.ShouldAllBe(id => !arrived.ContainsKey(id));
                break;
            case "after_dot":
                (unknown.Count(arrived.ContainsKey) + receipts.Count(id => arrived[id] > 1)).ShouldBePositive("somebody's answer was lost with the process");
                break;
            default:
                states.Values.ShouldContain(MailingState.Sent);
                break;
        }
    }

    [Theory]
    [InlineData("before_handed")]
    [InlineData("after_handed")]
    [InlineData("after_dot")]
    public async Task A_dispatcher_that_was_frozen_past_its_time_finds_its_work_done_by_the_other(string step)
    {
        await BothRunAsync();
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(8);
        // One mailing each, and as many as there are sessions: they are claimed together, and then the dispatcher has nothing in hand but them.
        // Frozen inside a transaction it would keep its people's rows until the database gives it up.
        var (promotions, receipts) = await SubmitForNoonAsync(crowd, [.. crowd.People.Take(5)], [.. crowd.People.Skip(5)]);
        var (frozen, survivor) = await ArmAsync($"{step}:stall=00:00:04");

        _services.Clock.AdvanceTo(Noon(crowd.Now).AddMinutes(70));
        await Eventually.ReachesAsync(crowd.StandingAsync, standing => (step is "before_handed" ? standing.Committed : standing.Handed) == 8);
        if (step is "after_dot")
            await Eventually.ReachesAsync(crowd.Received, received => received.Count == 8);
        frozen.Stall();
        survivor.Resume();
        _services.Clock.AdvanceTo(crowd.Now + CommitLasts);
        if (step is not "before_handed")
            _services.Clock.AdvanceTo(crowd.Now + OutcomeIsLost);
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(2));
        var before = crowd.Received().Count;
        frozen.Resume();
        await MarkerAsync(crowd, survivor);

        var states = await crowd.JudgeAsync();
        receipts.ShouldAllBe(id => states[id] == MailingState.Sent);
        var unknown = promotions.Where(id => states[id] == MailingState.Unknown).ToList();
        if (step is "before_handed")
        {
            unknown.ShouldBeEmpty("what was never handed over is sent by the survivor");
            promotions.ShouldAllBe(id => states[id] == MailingState.Sent);
            before.ShouldBe(8);
            crowd.Received().Count.ShouldBe(9, "and by the frozen one nothing but the marker");
        }
        else
        {
            unknown.Count.ShouldBe(5, "the frozen one had handed them over, and nobody else may");
        }

    }

    /// <summary>Whatever the test before did to them, and even if it failed half-way.</summary>
    private async Task BothRunAsync()
    {
        _services.Processes[FourProcesses.Second].Resume();
        if (!fixture.FirstIsArmed)
            return;
        await _services.KillAsync(FourProcesses.First);
        await _services.StartAgainAsync(FourProcesses.First);
        fixture.FirstIsArmed = false;
    }

    /// <summary>Starts the first one anew so that it stops at a step; the second is frozen, so that the first is the one who claims.</summary>
    private async Task<(ChildProcess First, ChildProcess Second)> ArmAsync(string stopAt)
    {
        await _services.KillAsync(FourProcesses.First);
        var second = _services.Processes[FourProcesses.Second];
        second.Stall();
        fixture.FirstIsArmed = true;
        await _services.StartAgainAsync(FourProcesses.First, ("Communication__StopAt", stopAt), ("Communication__Dispatchers", "1"));
        return (_services.Processes[FourProcesses.First], second);
    }

    /// <summary>When the frozen one has sent something new, it has been through with what it was frozen over.</summary>
    private async Task MarkerAsync(Crowd crowd, ChildProcess survivor)
    {
        survivor.Stall();
        var marker = await crowd.SubmitAsync(crowd.People[0], await crowd.TemplateAsync(MailingClass.Transactional), crowd.Now.AddDays(1));
        await Eventually.ReachesAsync(crowd.StandingAsync, standing => standing is { Alive: 0 }, TimeSpan.FromSeconds(60));
        survivor.Resume();
        _services.Mail.Received.Last(mail => mail.MessageId!.Contains(marker.MailingId, StringComparison.Ordinal)).From.ShouldBe("hello@shop.example"); // every mail of ours has one
    }

    /// <summary>Promotions and receipts, to go tomorrow at noon.</summary>
    private async Task<(List<string> Promotions, List<string> Receipts)> SubmitForNoonAsync(Crowd crowd, IEnumerable<Person> promoted, IEnumerable<Person> buyers)
    {
        var noon = Noon(Morning(crowd.Now));
        var (promotions, receipts) = (new List<string>(), new List<string>());
        foreach (var person in promoted)
            promotions.Add((await crowd.SubmitAsync(person, await crowd.TemplateAsync(MailingClass.Promotion), noon.AddDays(3), noon, _services.SecondClients)).MailingId);
        foreach (var person in buyers)
            receipts.Add((await crowd.SubmitAsync(person, await crowd.TemplateAsync(MailingClass.Transactional), noon.AddDays(1), noon, _services.SecondClients)).MailingId);
        await crowd.StepToAsync(Morning(crowd.Now), TimeSpan.FromHours(12));
        return (promotions, receipts);
    }

    /// <summary>Six in the morning, UTC, of the next day: everybody sleeps.</summary>
    private static DateTimeOffset Morning(DateTimeOffset now) => new(now.UtcDateTime.Date.AddDays(1).AddHours(6), TimeSpan.Zero);

    private static DateTimeOffset Noon(DateTimeOffset now) => new(now.UtcDateTime.Date.AddHours(10), TimeSpan.Zero);
}
