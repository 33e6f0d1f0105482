namespace Loyalty.Communications.Features;

/// <summary>Copies of people for the dry run: in this process, or in Redis for all replicas. Nothing that decides a send reads them.</summary>
internal interface IRecipientCopies
{
    /// <summary>A copy, or null; a store that is away is a miss.</summary>
    Task<byte[]?> FindAsync(Guid customerId);

    /// <summary>Keeps a copy for so long; losing it is no fault.</summary>
    void Keep(Guid customerId, byte[] copy, TimeSpan forSoLong);

    void Forget(IReadOnlyList<Guid> customerIds);
}
