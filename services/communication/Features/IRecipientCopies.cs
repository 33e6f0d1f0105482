namespace Loyalty.Communications.Features;

/// <summary>Copies of people for the dry run: in this process, or in Redis for all replicas. Nothing that decides a send reads them.</summary>
internal interface IRecipientCopies
{
    /// <summary>A copy, or none and a ticket for keeping one; a store that is away is a miss.</summary>
    Task<(byte[]? Copy, long Ticket)> FindAsync(Guid customerId);

    /// <summary>
    /// Keeps for so long what was read after the ticket was given; not kept where the person was forgotten since, for then it may have been
    /// read before the change. Losing it is no fault.
    /// </summary>
    void Keep(Guid customerId, byte[] copy, long ticket, TimeSpan forSoLong);

    void Forget(IReadOnlyList<Guid> customerIds);
}
