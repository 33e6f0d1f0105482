using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// Version 1 of the packed ledger, little-endian (mailing ids big-endian, as on SQLite):
/// <code>
///   0  u8   version (1)            1  u8   zero
///   2  u16  number of sends        4  u16  number of TRANSACTIONAL instants      6  u16  zero
///   8  8 × (f64 x, i64 t0)         sums: pressure e-mail, SMS, push, messenger; asks; gives; offers; response
/// 136  n × 48                      sends, oldest first:
///        0 id[16]  16 i64 at  24 u64 fingerprint  32 u16 weight  34 u16 factor  36 u8 channel  37 u8 class  38 u8 intent
///       39 u8 kind  40 u8 response  41 u8 fingerprint kind  42 u8 flags (1 = mirrored)  43 zero[5]
///      m × i64                     TRANSACTIONAL instants, oldest first
/// </code>
/// No bytes at all are an empty ledger. A number once given here is never given another meaning: another layout is another version.
/// </summary>
internal static class LedgerLayout
{
    public const byte Version = 1;
    public const int SendCount = 2;
    public const int TransactionalCount = 4;
    public const int Sums = 8;
    public const int SumSize = 16;
    public const int Header = Sums + (int)(SumKind.Response + 1) * SumSize;

    public const int SendSize = 48;
    public const int InstantSize = 8;
}

/// <summary>
/// One send in the packed ledger, laid over the bytes where they lie: a window looks at thirty of them in a few dozen nanoseconds. Every
/// platform that .NET 10 ships for is little-endian; <see cref="PackedLedger"/> refuses another.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = LedgerLayout.SendSize)]
internal struct PackedSend
{
    public const byte MirroredFlag = 1;

    public PackedId Id;
    public long At;
    public ulong Bits;
    public ushort Weight;
    public ushort Factor;
    public Channel Channel;
    public MailingClass Class;
    public Intent Intent;
    public MailingKind Kind;
    public Response Response;
    public FingerprintKind FingerprintKind;
    public byte Flags;

    [InlineArray(16)]
    internal struct PackedId
    {
        private byte _first;
    }
}

/// <summary>The decayed sums of a ledger, in their order in the layout.</summary>
internal enum SumKind
{
    PressureEmail = 0,
    PressureSms = 1,
    PressurePush = 2,
    PressureMessenger = 3,
    Asks = 4,
    Gives = 5,
    Offers = 6,

    /// <summary>The response factor of pressure: read as it stands, decayed only by those who change it.</summary>
    Response = 7,
}
