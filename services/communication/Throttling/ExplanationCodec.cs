using System.Buffers.Binary;
using System.Globalization;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// The stored form of an explanation, little-endian, version 1: 80 bytes of decision and terms, then 37 bytes per verdict. Fields
/// stand in the order in which they are written below.
/// </summary>
internal static class ExplanationCodec
{
    private const byte Version = 1;
    private const int Head = 80;
    private const int Each = 37;

    public static byte[] Pack(Explanation explanation)
    {
        var packed = new byte[Head + explanation.Verdicts.Count * Each];
        var to = new Writer(packed);
        to.Byte(Version);
        to.Byte((byte)explanation.Verdicts.Count);
        to.Byte((byte)explanation.Kind);
        to.Byte((byte)explanation.Reason);
        to.Byte((byte)explanation.WaitsFor);
        to.Byte((byte)explanation.Place);
        to.Byte(explanation.Ahead);
        var terms = explanation.Terms;
        to.Byte((byte)terms.Class);
        to.Byte((byte)terms.Intent);
        to.Byte((byte)terms.Kind);
        to.Byte((byte)terms.Channel);
        to.Byte((byte)((terms.Urgent ? 1 : 0) | (terms.Direct ? 2 : 0)));
        to.Byte((byte)terms.Wish);
        to.Byte(terms.Stage);
        to.Byte(terms.RequiredStage);
        to.Byte(0);
        to.Long(terms.Lifted.Bits);
        to.Long(long.Parse(explanation.PolicyVersion, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        to.Id(explanation.MailingId);
        to.Long(explanation.At);
        to.Long(explanation.EarliestAt);
        to.Long(explanation.ReleaseAt);
        to.Long(terms.ExpiresAt);
        foreach (var verdict in explanation.Verdicts)
        {
            to.Byte((byte)verdict.Rule);
            to.Byte((byte)verdict.Outcome);
            to.Byte((byte)verdict.Detail);
            to.Byte(verdict.Index);
            to.Byte(verdict.Lifted ? (byte)1 : (byte)0);
            to.Long(verdict.Observed);
            to.Long(verdict.Since);
            to.Long(verdict.Limit);
            to.Long(verdict.FromAt);
        }

        return packed;
    }

    /// <exception cref="InvalidDataException">Not an explanation of this version.</exception>
    public static Explanation Unpack(ReadOnlySpan<byte> packed)
    {
        if (packed.Length < Head || packed[0] != Version || packed.Length != Head + packed[1] * Each)
            throw new InvalidDataException($"not an explanation of version {Version}: {packed.Length} bytes");
        var from = new Reader(packed[1..]);
        var count = from.Byte();
        var (kind, reason, waits) = ((DecisionKind)from.Byte(), (DeclineReason)from.Byte(), (WaitsFor)from.Byte());
        var (place, ahead) = ((LinePlace)from.Byte(), from.Byte());
        var (@class, intent) = ((MailingClass)from.Byte(), (Intent)from.Byte());
        var (mailingKind, channel) = ((MailingKind)from.Byte(), (Channel)from.Byte());
        var flags = from.Byte();
        var (wish, stage, required) = ((FrequencyWish)from.Byte(), from.Byte(), from.Byte());
        from.Byte();
        var lifted = new RuleSet((ushort)from.Long());
        var policy = from.Long().ToString("x16", CultureInfo.InvariantCulture);
        var id = from.Id();
        var (at, earliest, release, expires) = (from.Long(), from.Long(), from.Long(), from.Long());
        var verdicts = new Verdict[count];
        for (var i = 0; i < count; i++)
        {
            verdicts[i] = new Verdict(
                (Rule)from.Byte(), (Outcome)from.Byte(), (Detail)from.Byte(), from.Byte(), from.Byte() != 0,
                from.Long(), from.Long(), from.Long(), from.Long());
        }

        return new Explanation
        {
            PolicyVersion = policy,
            MailingId = id,
            At = at,
            Kind = kind,
            Reason = reason,
            WaitsFor = waits,
            Place = place,
            Ahead = ahead,
            EarliestAt = earliest,
            ReleaseAt = release,
            Terms = new Terms(
                @class, intent, mailingKind, channel, (flags & 1) != 0, (flags & 2) != 0, wish, stage, required, lifted, expires),
            Verdicts = verdicts,
        };
    }

    private ref struct Writer(Span<byte> rest)
    {
        private Span<byte> _rest = rest;

        public void Byte(byte value)
        {
            _rest[0] = value;
            _rest = _rest[1..];
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
            _rest = _rest[8..];
        }

        public void Id(Guid value)
        {
            value.TryWriteBytes(_rest, bigEndian: true, out _);
            _rest = _rest[16..];
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public byte Byte()
        {
            var value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        public long Long()
        {
            var value = BinaryPrimitives.ReadInt64LittleEndian(_rest);
            _rest = _rest[8..];
            return value;
        }

        public Guid Id()
        {
            var value = new Guid(_rest[..16], bigEndian: true);
            _rest = _rest[16..];
            return value;
        }
    }
}
