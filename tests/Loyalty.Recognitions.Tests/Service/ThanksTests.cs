using Loyalty.Communications.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.TestKit;

namespace Loyalty.Recognitions.Tests.Service;

public abstract class ThanksTests(RecognitionsHost host)
{
    [Fact]
    public async Task A_hidden_act_earns_a_thanks_that_is_mailed_once()
    {
        var person = Guid.CreateVersion7();
        var act = host.Act(person);
        await host.HearAsync(act);

        var recognition = (await host.ListAsync(person)).ShouldHaveSingleItem();
        recognition.Kind.ShouldBe(RecognitionKind.Thanks);
        recognition.InteractionId.ShouldBe(act.InteractionId);
        recognition.State.ShouldBe(RecognitionState.Mailed);
        recognition.GrantedAt.ToDateTimeOffset().ShouldBe(host.Service.Clock.GetUtcNow());
        var mailing = host.Gate.For(person).ShouldHaveSingleItem();
        mailing.RequestId.ShouldBe(recognition.RecognitionId);
        mailing.Template.ShouldBe("thanks");
        mailing.Variables["act"].ShouldBe("helping a newcomer");
        recognition.MailingId.ShouldNotBeEmpty();
    }

    [Fact]
    public async Task What_is_no_hidden_act_earns_nothing()
    {
        var person = Guid.CreateVersion7();
        await host.HearAsync(host.Act(person, InteractionKind.Purchase), host.Act(person, InteractionKind.Review));
        (await host.ListAsync(person)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_act_that_is_told_again_or_corrected_is_thanked_once_even_after_the_cooldown()
    {
        var person = Guid.CreateVersion7();
        var act = host.Act(person);
        await host.HearAsync(act, act);
        await host.HearAsync(act);
        host.Service.Clock.Advance(TimeSpan.FromDays(31));
        var correction = host.Act(person, InteractionKind.DefendedUs, revision: 2, Guid.Parse(act.InteractionId));
        await host.HearAsync(correction);
        await host.HearAsync(correction, act);
        (await host.ListAsync(person)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_fact_that_becomes_a_hidden_act_by_correction_is_thanked()
    {
        var person = Guid.CreateVersion7();
        var fact = host.Act(person, InteractionKind.Visit);
        await host.HearAsync(fact);
        await host.HearAsync(host.Act(person, InteractionKind.Recommendation, revision: 2, Guid.Parse(fact.InteractionId)));
        (await host.ListAsync(person)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_act_that_was_taken_back_before_it_was_heard_is_not_thanked()
    {
        var person = Guid.CreateVersion7();
        var act = host.Act(person);
        await host.HearAsync(host.Act(person, InteractionKind.Visit, revision: 2, Guid.Parse(act.InteractionId)));
        await host.HearAsync(act); // revision 1 comes last
        (await host.ListAsync(person)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_is_thanked_again_within_the_cooldown_and_everybody_after_it()
    {
        var person = Guid.CreateVersion7();
        await host.HearAsync(host.Act(person), host.Act(person, InteractionKind.Recommendation));
        (await host.ListAsync(person)).Count.ShouldBe(1);
        host.Service.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        await host.HearAsync(host.Act(person));
        (await host.ListAsync(person)).Count.ShouldBe(1);
        host.Service.Clock.Advance(TimeSpan.FromSeconds(1));
        await host.HearAsync(host.Act(person));
        (await host.ListAsync(person)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Many_acts_of_one_person_at_once_earn_one_thanks()
    {
        var people = Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).ToList();
        var events = Enumerable.Range(0, 20).Select(n => new InteractionsRecorded
        {
            Entries = { (n % 2 == 0 ? people : Enumerable.Reverse(people)).Select(person => host.Act(person)) },
        });
        await Task.WhenAll(events.Select(said => host.Service.SayAsync("interaction", said)));
        await host.SettledAsync();
        foreach (var person in people)
        {
            (await host.ListAsync(person)).Count.ShouldBe(1);
            host.Gate.For(person).Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task A_bad_entry_of_a_batch_does_not_hold_up_the_others()
    {
        var person = Guid.CreateVersion7();
        var bad = host.Act(person);
        bad.CustomerId = "nobody";
        await host.Service.SayAsync("interaction", new InteractionsRecorded { Entries = { bad, host.Act(person) } });
        await Eventually.ReachesAsync(() => host.ListAsync(person), list => list.Count == 1);
        await Eventually.TrueAsync(async () => (await host.Service.QueryAsync<long>("recognition", "SELECT count(*) FROM inbox_parked WHERE attempts > 0"))[0] > 0
            || (await host.Service.QueryAsync<long>("recognition", "SELECT count(*) FROM inbox_failed"))[0] > 0);
        await host.SettledAsync(); // it rests among the failed in the end
        (await host.Service.QueryAsync<long>("recognition", "SELECT count(*) FROM inbox_failed"))[0].ShouldBe(1);
    }

    [Fact]
    public async Task Every_step_is_said_with_its_revision()
    {
        var person = Guid.CreateVersion7();
        await host.HearAsync(host.Act(person));
        await host.EndAsync((await host.ListAsync(person))[0], MailingState.Sent);
        var said = await Eventually.ReachesAsync(
            () => host.Ear.Of<RecognitionChanged>().Where(e => e.CustomerId == person.ToString()).OrderBy(e => e.Revision).ToList(), all => all.Count == 3);
        said.Select(e => (e.Revision, e.State)).ShouldBe(
            [(1L, RecognitionState.Granted), (2L, RecognitionState.Mailed), (3L, RecognitionState.Delivered)]);
    }
}

public sealed class ThanksOnSqlite(RecognitionsOnSqlite host) : ThanksTests(host), IClassFixture<RecognitionsOnSqlite>;

public sealed class ThanksOnPostgres(RecognitionsOnPostgres host) : ThanksTests(host), IClassFixture<RecognitionsOnPostgres>;
