using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class NeverTooManyTests
{
    [Fact]
    public void Greedy_senders_never_exceed_a_rolling_window_of_what_arrived() => Some.ForAnyHistory(40, random =>
    {
        var person = Histories.Person(random) with { PausedUntil = 0 };
        var ledger = Array.Empty<byte>();
        var committed = new List<(Send Send, long CommittedAt)>();
        var now = Some.Noon;
        for (var number = 0; number < 1500; number++)
        {
            now += random.NextInt64(2 * Instants.Hour);
            var mailing = Histories.Mailing(random, number % 200) with { Id = Guid.NewGuid(), NotBefore = 0, BackoffUntil = 0, ExpiresAt = now + Instants.Day };
            Gate.Decide(new Recipient(person, ledger), mailing, [], Some.Visit(now), out var decision);
            if (decision.Kind != DecisionKind.Send)
                continue;
            var writer = new LedgerWriter().Load(ledger);
            writer.Append(Send.Of(mailing, now));
            writer.Evict(now);
            ledger = writer.Pack();

            // Handed over and delivered within the margin, at any instant of it.
            committed.Add((Send.Of(mailing, now + random.NextInt64(Instants.Minute)), now));
        }

        var arrived = committed.Select(one => one.Send).ToList();
        arrived.Count.ShouldBeGreaterThan(20);
        var promotions = arrived.Where(send => send.Class == MailingClass.Promotion).ToList();
        var share = person.Wish switch { FrequencyWish.Less => 2, FrequencyWish.Rarely => 4, _ => 1 };
        Most(promotions, 7 * Instants.Day).ShouldBeLessThanOrEqualTo(Math.Max(1, 3 / share));
        Most(promotions, 30 * Instants.Day).ShouldBeLessThanOrEqualTo(Math.Max(1, 7 / share));
        Most(promotions, 20 * Instants.Hour).ShouldBeLessThanOrEqualTo(1);
        Most(promotions.Where(send => send.Channel == Channel.Sms), 7 * Instants.Day).ShouldBeLessThanOrEqualTo(1);
        Most(arrived.Where(send => send.Class != MailingClass.Transactional), Instants.Day).ShouldBeLessThanOrEqualTo(9);
        Most(arrived.Where(send => send.Class == MailingClass.Transactional), Instants.Day).ShouldBeLessThanOrEqualTo(30);
        foreach (var (marketing, at) in committed.Where(one => one.Send.Class is MailingClass.Relationship or MailingClass.Promotion))
        {
            // An answer may follow at once, and even overtake it on the way; nothing may go before it.
            committed.Exists(one => one.CommittedAt < at && one.Send.Class != MailingClass.Transactional
                && one.Send.At > marketing.At - 4 * Instants.Hour).ShouldBeFalse();
        }
    });

    /// <summary>The fullest half-open window of a width.</summary>
    private static int Most(IEnumerable<Send> sends, long width)
    {
        var all = sends.ToList();
        return all.Count == 0 ? 0 : all.Max(last => all.Count(send => send.At <= last.At && send.At > last.At - width));
    }
}
