using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Loyalty.Communications.Throttling;

/// <summary>Reads a packed ledger where it lies (<see cref="LedgerLayout"/>); nothing is copied or allocated.</summary>
internal readonly ref struct PackedLedger
{
    private readonly ReadOnlySpan<byte> _sums;
    private readonly ReadOnlySpan<PackedSend> _sends;
    private readonly ReadOnlySpan<long> _transactional;

    /// <exception cref="InvalidDataException">Another version, or a length that does not fit its counts.</exception>
    public PackedLedger(ReadOnlySpan<byte> packed)
    {
        if (packed.IsEmpty)
            return;
        if (packed.Length < LedgerLayout.Header || packed[0] != LedgerLayout.Version)
            throw new InvalidDataException($"not a ledger of version {LedgerLayout.Version}: {packed.Length} bytes");
        var count = BinaryPrimitives.ReadUInt16LittleEndian(packed[LedgerLayout.SendCount..]);
        var transactional = BinaryPrimitives.ReadUInt16LittleEndian(packed[LedgerLayout.TransactionalCount..]);
        var sends = count * LedgerLayout.SendSize;
        if (packed.Length != LedgerLayout.Header + sends + transactional * LedgerLayout.InstantSize)
            throw new InvalidDataException($"a ledger of {packed.Length} bytes does not hold {count} sends and {transactional} instants");
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("the packed ledger is read in place, little-endian");
        _sums = packed[LedgerLayout.Sums..LedgerLayout.Header];
        _sends = MemoryMarshal.Cast<byte, PackedSend>(packed.Slice(LedgerLayout.Header, sends));
        _transactional = MemoryMarshal.Cast<byte, long>(packed[(LedgerLayout.Header + sends)..]);
    }

    /// <summary>Sends of any class but TRANSACTIONAL, oldest first.</summary>
    public int Count => _sends.Length;

    public int TransactionalCount => _transactional.Length;

    public long At(int index) => _sends[index].At;

    public Guid IdOf(int index) => new(_sends[index].Id, bigEndian: true);

    /// <summary>What the windows need of a send.</summary>
    public Glance Glance(int index)
    {
        ref readonly var send = ref _sends[index];
        return new Glance(send.At, send.Class, send.Channel);
    }

    /// <summary>Instants of TRANSACTIONAL sends, oldest first.</summary>
    public long TransactionalAt(int index) => _transactional[index];

    public DecayedSum Sum(SumKind kind)
    {
        if (_sums.IsEmpty)
            return default;
        var bytes = _sums.Slice((int)kind * LedgerLayout.SumSize, LedgerLayout.SumSize);
        return new DecayedSum(BinaryPrimitives.ReadDoubleLittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
    }

    public Send Send(int index)
    {
        ref readonly var send = ref _sends[index];
        return new Send
        {
            MailingId = IdOf(index),
            At = send.At,
            Channel = send.Channel,
            Class = send.Class,
            Intent = send.Intent,
            Kind = send.Kind,
            Weight = send.Weight,
            Factor = send.Factor,
            Response = send.Response,
            Fingerprint = new Fingerprint(send.FingerprintKind, send.Bits),
            Mirrored = (send.Flags & PackedSend.MirroredFlag) != 0,
        };
    }

    public static SumKind PressureOf(Channel channel) => channel switch
    {
        Channel.Email => SumKind.PressureEmail,
        Channel.Sms => SumKind.PressureSms,
        Channel.Push => SumKind.PressurePush,
        _ => SumKind.PressureMessenger,
    };
}
