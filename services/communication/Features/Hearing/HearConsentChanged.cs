using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Storage;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Hearing;

/// <summary>A consent was given or withdrawn: merged by instants, never overwritten, so that order and repetition do not matter.</summary>
internal sealed class HearConsentChanged(ChangeProfile change) : IHandle<ConsentChanged>
{
    public async Task HandleAsync(ConsentChanged message, Inbox inbox, CancellationToken cancellationToken)
    {
        var said = message.Consent;
        var (givenAt, withdrawnAt) = (At(said.GivenAt), At(said.WithdrawnAt));
        await inbox.OnceAsync(tx => change.RunAsync(tx, Guid.Parse(message.CustomerId), profile => Merge(profile, said, givenAt, withdrawnAt)), cancellationToken);
    }

    private static bool Merge(StoredProfile profile, Consent said, long givenAt, long withdrawnAt)
    {
        var kept = profile.Consents.FirstOrDefault(c => c.Purpose == (int)said.Purpose && c.Channel == (int)said.Channel);
        if (kept is null)
        {
            kept = new StoredConsent { Purpose = (int)said.Purpose, Channel = (int)said.Channel };
            profile.Consents.Add(kept);
        }

        var news = givenAt > kept.GivenAt || withdrawnAt > kept.WithdrawnAt;
        (kept.GivenAt, kept.WithdrawnAt) = (Math.Max(kept.GivenAt, givenAt), Math.Max(kept.WithdrawnAt, withdrawnAt));
        return news;
    }

    private static long At(Timestamp? instant) => instant is null ? 0 : Instant.Of(instant.ToDateTimeOffset());
}
