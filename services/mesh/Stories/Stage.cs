using Grpc.Core;
using Loyalty.Communications.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>What a story is played on: running services, the clock that they share, and someone who tells it.</summary>
internal sealed class Stage(LoyaltyClients clients, IStageClock clock, StoryTeller teller, CancellationToken cancellationToken)
{
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120); // twice the age that a dry run's copy may have
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(25);

    private readonly List<string> _watched = [];

    public LoyaltyClients Clients => clients;

    public StoryTeller Teller => teller;

    public DateTimeOffset Now => clock.Now;

    /// <summary>Deadlines are real time, whatever the shared clock says.</summary>
    public CallOptions Call => new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + CallDeadline, cancellationToken: cancellationToken);

    /// <summary>The mailings that <see cref="AdvanceToAsync"/> waits for.</summary>
    public void Watch(string mailingId) => _watched.Add(mailingId);

    /// <summary>Moves the shared clock on, and waits until the gate has looked at every watched mailing that is due by then.</summary>
    public async Task AdvanceToAsync(DateTimeOffset instant)
    {
        while (Now < instant)
        {
            // Stop at each instant at which the gate wants to look, so that nothing leaves later than it may.
            var next = instant;
            foreach (var mailing in await WatchedAsync())
            {
                if (mailing.NextLookAt?.ToDateTimeOffset() is { } look && look > Now && look < next)
                    next = look;
            }

            clock.AdvanceTo(next);
            await UntilAsync($"the gate has done what is due at {StoryTeller.Local(next)}", async () => (await WatchedAsync()).All(mailing => Settled(mailing, Now)));
        }
    }

    /// <summary>Waits, in real time, for something that another service does in its own time.</summary>
    public async Task UntilAsync(string what, Func<Task<bool>> holds, Func<string>? seen = null)
    {
        var started = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(PollEvery);
        while (!await holds())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"Waited {Patience.TotalSeconds:0} s in vain until {what}.{(seen is null ? "" : $" Seen last: {seen()}")}");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public async Task<Mailing> MailingAsync(string mailingId) =>
        (await clients.Mailings.GetMailingAsync(new GetMailingRequest { MailingId = mailingId }, Call)).Mailing;

    public static bool Ended(Mailing mailing) =>
        mailing.State is not (MailingState.Waiting or MailingState.Committed or MailingState.Handed or MailingState.Unspecified);

    private async Task<Mailing[]> WatchedAsync()
    {
        var mailings = await Task.WhenAll(_watched.Select(MailingAsync));
        _watched.RemoveAll(id => mailings.Any(mailing => Ended(mailing) && string.Equals(mailing.MailingId, id, StringComparison.Ordinal)));
        return [.. mailings.Where(mailing => !Ended(mailing))];
    }

    private static bool Settled(Mailing mailing, DateTimeOffset now) =>
        mailing is { State: MailingState.Waiting, NextLookAt: { } look } && look.ToDateTimeOffset() > now;
}

/// <summary>The business clock of the services that a story is played on. It stands still between two advances.</summary>
internal interface IStageClock
{
    DateTimeOffset Now { get; }

    /// <summary>Never backwards.</summary>
    void AdvanceTo(DateTimeOffset instant);
}
