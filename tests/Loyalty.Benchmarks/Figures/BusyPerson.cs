using Loyalty.Communications.Throttling;

namespace Loyalty.Benchmarks.Figures;

/// <summary>Someone who was sent thirty mailings in a month, none of which stops the next one; and that next one.</summary>
internal sealed class BusyPerson
{
    private const int Sends = 30;
    private static readonly long Now = DateTimeOffset.Parse("2026-11-21T19:30:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() * 1000;

    private readonly Visit _visit = new(Policy.Default, Now, Now, Now);
    private readonly Mailing _next = Promotion(Sends + 1, Now, MailingClass.Promotion, Intent.Offer);

    public Recipient Recipient { get; } = new(Reachable(), Ledger());

    /// <exception cref="InvalidOperationException">A rule held: something else than the common case would be measured.</exception>
    public long Decide()
    {
        Gate.Decide(Recipient, _next, [], _visit, out var decision);
        return decision.Kind == DecisionKind.Send ? 1 : throw new InvalidOperationException("all rules were to pass");
    }

    /// <summary>Reads the instant and the class of each send where it lies: what no decision can do without.</summary>
    public long ReadOnly()
    {
        var ledger = new PackedLedger(Recipient.Ledger.Span);
        var sum = 0L;
        for (var i = 0; i < ledger.Count; i++)
        {
            var glance = ledger.Glance(i);
            sum += glance.At ^ (long)glance.Class;
        }

        return sum;
    }

    private static byte[] Ledger()
    {
        var writer = new LedgerWriter();
        for (var i = 1; i <= Sends; i++)
        {
            var at = Now - i * 23 * Instants.Hour - 8 * Instants.Hour;
            writer.Append(Send.Of(Promotion(i, at, MailingClass.Relationship, Intent.Give) with { Kind = MailingKind.Thanks }, at));
        }

        return writer.Pack();
    }

    private static Mailing Promotion(int number, long at, MailingClass @class, Intent intent) => new()
    {
        Id = new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]),
        Class = @class,
        Intent = intent,
        Channel = Channel.Email,
        AcceptedAt = at,
        ExpiresAt = at + 30 * Instants.Day,
    };

    private static Profile Reachable() => new()
    {
        Addresses = new Addresses(AddressHealth.Ok, AddressHealth.Ok, AddressHealth.Ok, AddressHealth.Ok),
        Consents = [new Consent(Purposes.Marketing, Channel.Email, 1, 0), new Consent(Purposes.Relationship, Channel.Email, 1, 0)],
        Place = new Place("Europe/Berlin", null, null),
        Stage = 4,
    };
}
