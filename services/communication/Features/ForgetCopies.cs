using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Makes the dry run's copies of people go when their rows change. Best effort: a copy that stays says how old it is.</summary>
internal sealed class ForgetCopies(IRecipientCopies copies)
{
    public void AfterCommit(Transaction tx, IReadOnlyList<Guid> customerIds) => tx.AfterCommit(() => copies.Forget(customerIds));
}
