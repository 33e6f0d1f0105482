using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>A mailing that this process has committed and may hand over until its time runs out.</summary>
internal sealed record Committed(QueueRow Row, long Token, long CommittedAt, string Locale)
{
    public Attempt Attempt => new(Row.MailingId, Token);

    public MailingClass Class => Row.MailingClass;

    /// <summary>As the outcome needs it: the row was read before the commit.</summary>
    public Domain.InFlight InFlight => new(Row.MailingId, Class, CommittedAt);
}

/// <summary>How many mails may be committed; where they do not suffice, in how long another permit makes sense, and whether the provider is away.</summary>
/// <param name="IsAway">False: its sessions are only busy or its rate is used up, and nobody is put off for that. Providers live in real time.</param>
internal readonly record struct Permits(int Count, TimeSpan NextTrialIn, bool IsAway);

/// <summary>What came of one claim.</summary>
internal sealed record Claim(int PeopleHeld, IReadOnlyList<Committed> Committed)
{
    public static Claim Nobody { get; } = new(0, []);
}
