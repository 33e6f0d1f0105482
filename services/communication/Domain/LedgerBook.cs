using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Domain;

/// <summary>A send that is COMMITTED or HANDED: in the ledger since its commit, its outcome not yet known.</summary>
internal readonly record struct InFlight(Guid MailingId, MailingClass Class, long CommittedAt);

/// <summary>What commits, releases and outcomes do to the ledger of one person. Only the holder of the person's row may store the result.</summary>
internal sealed class LedgerBook
{
    private readonly LedgerWriter writer = new();

    /// <summary>Opens a stored ledger; one book serves many people, one after the other.</summary>
    public LedgerBook Open(ReadOnlySpan<byte> stored)
    {
        writer.Load(stored);
        return this;
    }

    public LedgerBook Commit(Mailing mailing, long now)
    {
        writer.Append(Send.Of(mailing, now));
        return this;
    }

    /// <summary>Takes a send out that was certainly not made.</summary>
    public LedgerBook GiveBack(in InFlight send)
    {
        if (send.Class == MailingClass.Transactional)
            writer.RemoveTransactional(send.CommittedAt);
        else
            writer.Remove(send.MailingId);
        return this;
    }

    /// <summary>Dates a send at its outcome: what came late may have reached the person late.</summary>
    public LedgerBook Move(in InFlight send, long at)
    {
        if (send.Class == MailingClass.Transactional)
            writer.MoveTransactional(send.CommittedAt, at);
        else
            writer.Move(send.MailingId, at);
        return this;
    }

    /// <summary>Drops what no window counts any more, and packs.</summary>
    public byte[] Close(long now)
    {
        writer.Evict(now);
        return writer.Pack();
    }

    /// <summary>The ledger as a decision must see it: what is in flight counts as of now.</summary>
    public static ReadOnlyMemory<byte> Seen(byte[] stored, ReadOnlySpan<InFlight> inFlight, long now)
    {
        if (inFlight.IsEmpty)
            return stored;
        var book = new LedgerBook().Open(stored);
        foreach (var send in inFlight)
            book.Move(send, now);
        return book.writer.Pack();
    }
}
