using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Every change to what is known of a person: under the person's lock, with what is COMMITTED released and whoever waits looked at again.</summary>
internal sealed class ChangeProfile(ForgetCopies copies, DispatchWake wake)
{
    /// <param name="tx">The transaction of the event or call that brings the change.</param>
    /// <param name="customerId">Made known where it was not.</param>
    /// <param name="change">Changes the profile; false: it was not news.</param>
    public async Task<bool> RunAsync(Transaction tx, Guid customerId, Func<StoredProfile, bool> change)
    {
        var person = await Recipients.HoldOrMakeAsync(tx, customerId, Instant.Of(await tx.NowAsync()));
        var profile = ProfileDocument.Read(person.Profile);
        if (profile.Erased || !change(profile))
            return false;
        var now = Math.Max(Instant.Of(await tx.NowAsync()), person.LookedAt);
        await Recipients.WriteProfileAsync(tx, customerId, ProfileDocument.Write(profile));
        await ReleaseCommitted.RunAsync(tx, person, now);
        if (await Queue.SomebodyWaitsAsync(tx, customerId))
        {
            await DueList.BringForwardAsync(tx, customerId, now);
            tx.AfterCommit(wake.Set);
        }

        copies.AfterCommit(tx, [customerId]);
        return true;
    }
}
