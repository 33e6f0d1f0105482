using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class LineTests
{
    [Fact]
    public void Stands_by_class_then_priority_then_age_then_id()
    {
        Mailing[] line =
        [
            Some.Promotion(1), Some.Promotion(2) with { Priority = 5 }, Some.Thanks(3), Some.Service(4), Some.Receipt(5),
            Some.Promotion(6) with { AcceptedAt = Some.Noon },
        ];
        Line.Sort(line);
        line.Select(mailing => mailing.Id).ShouldBe([Some.Id(5), Some.Id(4), Some.Id(3), Some.Id(2), Some.Id(6), Some.Id(1)]);
    }

    [Fact]
    public void Of_two_that_may_go_the_first_goes_and_the_second_is_promised_its_time()
    {
        var decisions = Some.DecideLine(Some.Recipient(), [Some.Promotion(1), Some.Promotion(2)], Some.Noon);
        decisions[0].Kind.ShouldBe(DecisionKind.Send);
        decisions[1].Kind.ShouldBe(DecisionKind.Defer);
        decisions[1].Ahead.ShouldBe((byte)1);
        decisions[1].EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
        decisions[1].ReleaseAt.ShouldBeGreaterThan(decisions[1].EarliestAt);
    }

    [Fact]
    public void A_light_mailing_does_not_take_the_place_of_a_heavy_one_ahead()
    {
        // Three promotions are in the window: the next slot belongs to the one ahead, though it starts later.
        var first = Some.Noon - 6 * Instants.Day;
        var recipient = Some.Recipient(null, Some.Sent(Some.Promotion(), first, first + 2 * Instants.Day));
        Mailing[] line = [Some.Promotion(1) with { Priority = 9, NotBefore = Some.Noon + 12 * Instants.Hour }, Some.Promotion(2)];
        var decisions = Some.DecideLine(recipient, line, Some.Noon);
        decisions[0].EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
        var yields = decisions[1].Of(Rule.Yields);
        yields.Outcome.ShouldBe(Outcome.Hold);
        yields.FromAt.ShouldBe(decisions[0].ReleaseAt);
        decisions[1].EarliestAt.ShouldBeGreaterThan(decisions[0].ReleaseAt);
        Some.Decide(recipient, line[1], Some.Noon).Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void What_breaks_nothing_ahead_may_pass_it()
    {
        Mailing[] line = [Some.Thanks(1) with { NotBefore = Some.Noon + 5 * Instants.Hour }, Some.Promotion(2)];
        var decisions = Some.DecideLine(Some.Recipient(), line, Some.Noon);
        decisions[0].EarliestAt.ShouldBe(Some.Noon + 5 * Instants.Hour);
        decisions[1].Kind.ShouldBe(DecisionKind.Send);
    }

    [Fact]
    public void What_only_the_plan_pushes_past_its_expiry_waits_on_and_reserves_nothing()
    {
        Mailing[] line =
        [
            Some.Promotion(1), Some.Promotion(2) with { ExpiresAt = Some.Noon + 6 * Instants.Hour }, Some.Promotion(3),
        ];
        var decisions = Some.DecideLine(Some.Recipient(), line, Some.Noon);
        decisions[1].Kind.ShouldBe(DecisionKind.Defer);
        decisions[1].Place.ShouldBe(LinePlace.CrowdedOut);
        decisions[1].DueAt.ShouldBe(Some.Noon + 6 * Instants.Hour);
        decisions[2].EarliestAt.ShouldBe(Some.At("2026-11-22T09:00:00Z"));
    }

    [Fact]
    public void Sixteen_are_planned_and_those_behind_are_told_not_before_the_last_of_them()
    {
        var line = Enumerable.Range(1, 20).Select(number => Some.Promotion(number)).ToArray();
        var decisions = Some.DecideLine(Some.Recipient(), line, Some.Noon);
        decisions.Take(16).ShouldAllBe(decision => decision.Place == LinePlace.Planned);
        decisions.Skip(16).ShouldAllBe(decision => decision.Place == LinePlace.BehindThePlan && decision.EarliestAt >= decisions[15].ReleaseAt);
    }

    [Fact]
    public void A_dry_run_and_a_visit_say_the_same() => Some.ForAnyHistory(150, random =>
    {
        var recipient = Some.Recipient(Histories.Person(random), Histories.Past(random, 20));
        var line = Enumerable.Range(1, 8).Select(number => Histories.Mailing(random, number)).ToArray();
        var decisions = Some.DecideLine(recipient, line, Some.Noon);
        for (var i = 0; i < line.Length; i++)
        {
            Gate.Decide(recipient, line[i], line, Some.Visit(Some.Noon), out var alone);
            Explanation.Of(alone, Some.Policy).Agrees(Explanation.Of(decisions[i], Some.Policy)).ShouldBeTrue();
        }
    });

    [Fact]
    public void Each_planned_instant_is_the_least_at_which_it_passes_and_breaks_nothing_ahead() => Some.ForAnyHistory(120, random =>
    {
        var person = Histories.Person(random);
        var past = Histories.Past(random, 12);
        var line = Enumerable.Range(1, 2 + random.Next(8)).Select(number => Histories.Mailing(random, number)).ToArray();
        var decisions = Some.DecideLine(Some.Recipient(person, past), line, Some.Noon);
        var oracle = new Oracle(person, Some.Policy, past);
        List<(Mailing Mailing, long EarliestAt, long At)> ahead = [];
        for (var i = 0; i < line.Length; i++)
        {
            var decision = decisions[i];
            if (decision.Kind == DecisionKind.Decline || decision.Place != LinePlace.Planned)
                continue;
            oracle.PassesInLine(line[i], decision.EarliestAt, ahead).ShouldBeTrue();
            oracle.PassesInLine(line[i], decision.ReleaseAt, ahead).ShouldBeTrue();
            for (var at = Some.Noon; at < decision.EarliestAt; at += 1777 * Instants.Second)
                oracle.PassesInLine(line[i], at, ahead).ShouldBeFalse();
            for (var at = Math.Max(Some.Noon, decision.EarliestAt - 20 * Instants.Second); at < decision.EarliestAt; at += Instants.Second)
                oracle.PassesInLine(line[i], at, ahead).ShouldBeFalse();
            ahead.Add((line[i], decision.EarliestAt, decision.ReleaseAt));
        }
    });

    [Fact]
    public void With_nothing_new_every_planned_mailing_passes_at_its_promise_and_goes_at_its_own_time() => Some.ForAnyHistory(120, random =>
    {
        var person = Histories.Person(random);
        var ledger = Some.Ledger(Histories.Past(random, 15));
        var waiting = Enumerable.Range(1, 2 + random.Next(12))
            .Select(number => Histories.Mailing(random, number) with { BackoffUntil = 0 }) // what backs off reserves nothing
            .ToList();
        var promises = new Dictionary<Guid, Decision>();
        var now = Some.Noon;
        for (var visit = 0; waiting.Count > 0 && visit < 200; visit++)
        {
            var line = waiting.ToArray();
            var decisions = Some.DecideLine(new Recipient(person, ledger), line, now);
            var writer = new LedgerWriter().Load(ledger);
            for (var i = 0; i < line.Length; i++)
            {
                var decision = decisions[i];
                if (visit == 0 && decision is { Kind: DecisionKind.Defer, Place: LinePlace.Planned })
                    promises.Add(line[i].Id, decision);
                waiting.RemoveAll(mailing => mailing.Id == line[i].Id);
                if (decision.Kind == DecisionKind.Defer)
                    waiting.Add(line[i] with { ReleaseAt = decision.ReleaseAt });
                else if (promises.TryGetValue(line[i].Id, out var promise))
                    (decision.Kind, now).ShouldBe((DecisionKind.Send, promise.ReleaseAt));
                if (decision.Kind == DecisionKind.Send)
                    writer.Append(Send.Of(line[i], now));
            }

            ledger = writer.Pack();
            if (waiting.Count == 0)
                break;

            // Between two visits, at each instant that was promised, a dry run passes.
            var due = decisions.Where(decision => decision.Kind == DecisionKind.Defer).Min(decision => decision.DueAt);
            due.ShouldBeGreaterThan(now);
            foreach (var mailing in waiting)
            {
                if (promises.TryGetValue(mailing.Id, out var promise) && promise.EarliestAt > now && promise.EarliestAt <= due)
                {
                    Gate.Decide(new Recipient(person, ledger), mailing, waiting.ToArray(), Some.Visit(promise.EarliestAt), out var then);
                    then.EarliestAt.ShouldBe(promise.EarliestAt);
                    then.Verdicts.ToArray().ShouldAllBe(verdict => verdict.Outcome == Outcome.Pass);
                }
            }

            now = due;
        }

        waiting.ShouldBeEmpty();
    });

    [Fact]
    public void Releases_are_spread_over_the_first_hour_of_the_morning()
    {
        var night = Some.At("2026-11-21T23:00:00Z");
        var opens = Some.At("2026-11-22T09:00:00Z");
        var perQuarter = new int[4];
        for (var i = 0; i < 1000; i++)
        {
            var release = Some.Decide(Some.Recipient(), Some.Promotion() with { Id = Guid.NewGuid() }, night).ReleaseAt;
            perQuarter[(release - opens) / (15 * Instants.Minute)]++;
        }

        perQuarter.ShouldAllBe(count => count > 180);
    }

    [Fact]
    public void A_release_that_was_named_is_kept_until_it_comes()
    {
        var mailing = Some.Promotion(7);
        var first = Some.Decide(Some.Recipient(), mailing, Some.At("2026-11-21T23:00:00Z"));
        first.ReleaseAt.ShouldBeGreaterThan(first.EarliestAt);
        var between = Some.Decide(Some.Recipient(), mailing with { ReleaseAt = first.ReleaseAt }, first.EarliestAt + Instants.Second);
        between.Kind.ShouldBe(DecisionKind.Defer);
        between.ReleaseAt.ShouldBe(first.ReleaseAt);
    }
}
