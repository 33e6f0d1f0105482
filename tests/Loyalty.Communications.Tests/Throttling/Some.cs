using FsCheck;
using FsCheck.Fluent;
using Loyalty.Communications.Throttling;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Communications.Tests.Throttling;

/// <summary>People, mailings and ledgers for the tests of the gate.</summary>
internal static class Some
{
    /// <summary>A Saturday, wide awake in UTC.</summary>
    public static readonly long Noon = At("2026-11-21T12:00:00Z");

    public static Policy Policy => Policy.Default;

    public static long At(string instant) => InstantPattern.General.Parse(instant).Value.ToUnixTimeTicks() / 10;

    public static Guid Id(int number) => new(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);

    public static Profile Person(string? zone = "Etc/UTC") => new()
    {
        Addresses = new Addresses(AddressHealth.Ok, AddressHealth.Ok, AddressHealth.Ok, AddressHealth.Ok),
        Consents = [.. from purpose in new[] { Purposes.Marketing, Purposes.Relationship }
                       from channel in Enum.GetValues<Channel>()
                       select new Consent(purpose, channel, 1, 0)],
        Place = new Place(zone, null, null),
        Stage = 4,
    };

    public static Mailing Promotion(int number = 1, Channel channel = Channel.Email) =>
        Mailing(MailingClass.Promotion, Intent.Offer, number) with { Channel = channel };

    public static Mailing Thanks(int number = 1) =>
        Mailing(MailingClass.Relationship, Intent.Give, number) with { Kind = MailingKind.Thanks };

    public static Mailing OpinionAsk(int number = 1) =>
        Mailing(MailingClass.Relationship, Intent.Ask, number) with { Kind = MailingKind.Opinion };

    public static Mailing Service(int number = 1) => Mailing(MailingClass.Service, Intent.Inform, number);

    public static Mailing Receipt(int number = 1) => Mailing(MailingClass.Transactional, Intent.Inform, number);

    public static Mailing Mailing(MailingClass @class, Intent intent, int number) => new()
    {
        Id = Id(number),
        Class = @class,
        Intent = intent,
        Channel = Channel.Email,
        AcceptedAt = Noon + number,
        ExpiresAt = Noon + 400 * Instants.Day,
    };

    public static Recipient Recipient(Profile? profile = null, params ReadOnlySpan<Send> sends) => new(profile ?? Person(), Ledger(sends));

    public static byte[] Ledger(params ReadOnlySpan<Send> sends)
    {
        var writer = new LedgerWriter();
        foreach (var send in sends)
            writer.Append(send);
        return writer.Pack();
    }

    /// <summary>Sends of mailings, each with its own id, at instants.</summary>
    public static Send[] Sent(Mailing mailing, params ReadOnlySpan<long> at)
    {
        var sends = new Send[at.Length];
        for (var i = 0; i < at.Length; i++)
            sends[i] = Send.Of(mailing with { Id = Guid.NewGuid() }, at[i]);
        return sends;
    }

    public static Visit Visit(long now, Policy? policy = null) => new(policy ?? Policy, now, now, now);

    public static Decision Decide(Recipient recipient, Mailing mailing, long now, Policy? policy = null)
    {
        Gate.Decide(recipient, mailing, [], Visit(now, policy), out var decision);
        return decision;
    }

    public static Decision[] DecideLine(Recipient recipient, Mailing[] line, long now, Policy? policy = null)
    {
        Line.Sort(line);
        var decisions = new Decision[line.Length];
        Gate.DecideLine(recipient, line, Visit(now, policy), decisions);
        return decisions;
    }

    public static Verdict Of(this in Decision decision, Rule rule)
    {
        foreach (var verdict in decision.Verdicts)
        {
            if (verdict.Rule == rule)
                return verdict;
        }

        throw new InvalidOperationException($"no verdict of {rule}");
    }

    /// <summary>Runs a property over random histories; what fails is told by its seed.</summary>
    public static void ForAnyHistory(int histories, Action<Random> property) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(histories),
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => property(new Random(seed))));

    public static Instant ToInstant(long at) => Instant.FromUnixTimeTicks(at * 10);
}
