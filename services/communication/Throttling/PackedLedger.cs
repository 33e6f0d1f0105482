using System.Buffers.Binary;

namespace Loyalty.Communications.Throttling;

/// <summary>Reads a packed ledger where it lies (<see cref="LedgerLayout"/>); nothing is copied or allocated.</summary>
internal readonly ref struct PackedLedger
{
    private readonly ReadOnlySpan<byte> _packed;

    /// <exception cref="InvalidDataException">Another version, or a length that does not fit its counts.</exception>
    public PackedLedger(ReadOnlySpan<byte> packed)
    {
        if (packed.IsEmpty)
            return;
        if (packed.Length < LedgerLayout.Header || packed[0] != LedgerLayout.Version)
            throw new InvalidDataException($"not a ledger of version {LedgerLayout.Version}: {packed.Length} bytes");
        Count = BinaryPrimitives.ReadUInt16LittleEndian(packed[LedgerLayout.SendCount..]);
        TransactionalCount = BinaryPrimitives.ReadUInt16LittleEndian(packed[LedgerLayout.TransactionalCount..]);
        if (packed.Length != LedgerLayout.Header + Count * LedgerLayout.SendSize + TransactionalCount * LedgerLayout.InstantSize)
            throw new InvalidDataException($"a ledger of {packed.Length} bytes does not hold {Count} sends and {TransactionalCount} instants");
        _packed = packed;
    }

    /// <summary>Sends of any class but TRANSACTIONAL, oldest first.</summary>
    public int Count { get; }

    public int TransactionalCount { get; }

    public long At(int index) => BinaryPrimitives.ReadInt64LittleEndian(
        _packed[(LedgerLayout.Header + index * LedgerLayout.SendSize + LedgerLayout.At)..]);

    /// <summary>What the windows need of a send, in one reading.</summary>
    public Glance Glance(int index)
    {
        var bytes = Bytes(index);
        return new Glance(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[LedgerLayout.At..]),
            (MailingClass)bytes[LedgerLayout.Class],
            (Channel)bytes[LedgerLayout.Channel]);
    }

    public Guid IdOf(int index) => new(Bytes(index)[..16], bigEndian: true);

    public Fingerprint FingerprintOf(int index)
    {
        var bytes = Bytes(index);
        return new Fingerprint(
            (FingerprintKind)bytes[LedgerLayout.FingerprintKind],
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[LedgerLayout.Bits..]));
    }

    /// <summary>Instants of TRANSACTIONAL sends, oldest first.</summary>
    public long TransactionalAt(int index) => BinaryPrimitives.ReadInt64LittleEndian(
        _packed.Slice(LedgerLayout.Header + Count * LedgerLayout.SendSize + index * LedgerLayout.InstantSize, LedgerLayout.InstantSize));

    public DecayedSum Sum(SumKind kind)
    {
        if (_packed.IsEmpty)
            return default;
        var bytes = _packed.Slice(LedgerLayout.Sums + (int)kind * LedgerLayout.SumSize, LedgerLayout.SumSize);
        return new DecayedSum(BinaryPrimitives.ReadDoubleLittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
    }

    public Send Send(int index)
    {
        var bytes = Bytes(index);
        return new Send
        {
            MailingId = IdOf(index),
            At = At(index),
            Channel = (Channel)bytes[LedgerLayout.Channel],
            Class = (MailingClass)bytes[LedgerLayout.Class],
            Intent = (Intent)bytes[LedgerLayout.Intent],
            Kind = (MailingKind)bytes[LedgerLayout.Kind],
            Weight = BinaryPrimitives.ReadUInt16LittleEndian(bytes[LedgerLayout.Weight..]),
            Factor = BinaryPrimitives.ReadUInt16LittleEndian(bytes[LedgerLayout.Factor..]),
            Response = (Response)bytes[LedgerLayout.Response],
            Fingerprint = FingerprintOf(index),
            Mirrored = (bytes[LedgerLayout.Flags] & LedgerLayout.MirroredFlag) != 0,
        };
    }

    public static SumKind PressureOf(Channel channel) => channel switch
    {
        Channel.Email => SumKind.PressureEmail,
        Channel.Sms => SumKind.PressureSms,
        Channel.Push => SumKind.PressurePush,
        _ => SumKind.PressureMessenger,
    };

    private ReadOnlySpan<byte> Bytes(int index) =>
        _packed.Slice(LedgerLayout.Header + index * LedgerLayout.SendSize, LedgerLayout.SendSize);
}
