using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Loyalty.Communications.Throttling;

/// <summary>
/// Changes a ledger: load, change, pack. Only the holder of the person's row may. An instance can be loaded again and again; it keeps
/// its room.
/// </summary>
internal sealed class LedgerWriter
{
    /// <summary>No window that a policy may set is longer: what is older than this counts nowhere.</summary>
    public const long Horizon = 30 * Instants.Day + Instants.Margin;

    /// <summary>SERVICE sends and TRANSACTIONAL instants count only in the ceilings and in the gap after any.</summary>
    public const long ShortHorizon = Instants.Day + Instants.Margin;

    /// <summary>After this long even the same text is no longer "the same".</summary>
    public const long FingerprintHorizon = 12 * Instants.Day;

    private readonly List<Send> _sends = [];
    private readonly List<long> _transactional = [];
    private readonly DecayedSum[] _sums = new DecayedSum[(int)SumKind.Response + 1];

    public int Count => _sends.Count;

    /// <summary>Takes up a packed ledger; no bytes are an empty one.</summary>
    /// <exception cref="InvalidDataException">Not a ledger.</exception>
    public LedgerWriter Load(ReadOnlySpan<byte> packed)
    {
        var ledger = new PackedLedger(packed);
        _sends.Clear();
        _transactional.Clear();
        for (var i = 0; i < ledger.Count; i++)
            _sends.Add(ledger.Send(i));
        for (var i = 0; i < ledger.TransactionalCount; i++)
            _transactional.Add(ledger.TransactionalAt(i));
        for (var i = 0; i < _sums.Length; i++)
            _sums[i] = ledger.Sum((SumKind)i);
        return this;
    }

    /// <summary>Enters a send, with what it adds to the sums. TRANSACTIONAL ones leave only their instant.</summary>
    public void Append(in Send send)
    {
        if (send.Class == MailingClass.Transactional)
        {
            Insert(send.At);
            return;
        }

        Insert(send);
        Weigh(send, 1);
    }

    /// <summary>Takes a send out again (released or refused in our own session), with what it had added. False where it is not there.</summary>
    public bool Remove(Guid mailingId)
    {
        var index = Find(mailingId);
        if (index < 0)
            return false;
        Weigh(_sends[index], -1);
        _sends.RemoveAt(index);
        return true;
    }

    /// <summary>Takes out one TRANSACTIONAL instant; false where there is none such.</summary>
    public bool RemoveTransactional(long at) => _transactional.Remove(at);

    /// <summary>Moves a send to the instant of its outcome, sums and all. False where it is not there.</summary>
    public bool Move(Guid mailingId, long at)
    {
        var index = Find(mailingId);
        if (index < 0)
            return false;
        var send = _sends[index];
        Weigh(send, -1);
        _sends.RemoveAt(index);
        Append(send with { At = at });
        return true;
    }

    /// <summary>Moves one TRANSACTIONAL instant; false where there is none such.</summary>
    public bool MoveTransactional(long from, long to)
    {
        if (!_transactional.Remove(from))
            return false;
        Insert(to);
        return true;
    }

    /// <summary>Notes how the person took a mailing and corrects its pressure; a lower or equal rank changes nothing and gives false.</summary>
    public bool Respond(Guid mailingId, Response response)
    {
        var index = Find(mailingId);
        if (index < 0 || _sends[index].Response >= response)
            return false;
        var send = _sends[index];
        var changed = send with { Response = response, Factor = Burdens.Factor(send.Channel, response) };
        _sends[index] = changed;
        if (!send.Mirrored)
            Add(PackedLedger.PressureOf(send.Channel), changed.Burden - send.Burden, send.At, Burdens.HalfLife(send.Channel));
        return true;
    }

    /// <summary>Sets the response factor of pressure as of an instant.</summary>
    public void SetResponse(double value, long at) => _sums[(int)SumKind.Response] = new DecayedSum(value, at);

    /// <summary>Drops what no window counts any more and fingerprints past their age; nothing else. The sums stay.</summary>
    public void Evict(long now)
    {
        _sends.RemoveAll(send => send.At <= now - (send.Class == MailingClass.Service ? ShortHorizon : Horizon));
        _transactional.RemoveAll(at => at <= now - ShortHorizon);
        for (var i = 0; i < _sends.Count && _sends[i].At <= now - FingerprintHorizon; i++)
            _sends[i] = _sends[i] with { Fingerprint = default };
    }

    /// <summary>Adds another ledger's windows and sums; a mailing that is in both counts once.</summary>
    public void Unite(ReadOnlySpan<byte> packed)
    {
        var other = new PackedLedger(packed);
        for (var i = 0; i < other.Count; i++)
        {
            var send = other.Send(i);
            var known = Find(send.MailingId);
            if (known < 0)
                Insert(send);
            else if (_sends[known].Mirrored && !send.Mirrored)
                _sends[known] = send with { At = Math.Max(send.At, _sends[known].At) };
        }

        for (var i = 0; i < other.TransactionalCount; i++)
            Insert(other.TransactionalAt(i));
        for (var kind = SumKind.PressureEmail; kind < SumKind.Response; kind++)
        {
            var sum = other.Sum(kind);
            Add(kind, sum.Value, sum.At, HalfLife(kind));
        }

        // A response of zero is "never heard": the other part's then stands; of two the stricter does.
        var response = other.Sum(SumKind.Response);
        ref var own = ref _sums[(int)SumKind.Response];
        if (own.Value == 0 || (response.Value != 0 && response.Value < own.Value))
            own = response;
    }

    public byte[] Pack()
    {
        var packed = new byte[
            LedgerLayout.Header + _sends.Count * LedgerLayout.SendSize + _transactional.Count * LedgerLayout.InstantSize];
        var span = packed.AsSpan();
        span[0] = LedgerLayout.Version;
        BinaryPrimitives.WriteUInt16LittleEndian(span[LedgerLayout.SendCount..], checked((ushort)_sends.Count));
        BinaryPrimitives.WriteUInt16LittleEndian(span[LedgerLayout.TransactionalCount..], checked((ushort)_transactional.Count));
        for (var i = 0; i < _sums.Length; i++)
        {
            var sum = span[(LedgerLayout.Sums + i * LedgerLayout.SumSize)..];
            BinaryPrimitives.WriteDoubleLittleEndian(sum, _sums[i].Value);
            BinaryPrimitives.WriteInt64LittleEndian(sum[8..], _sums[i].At);
        }

        var rest = span[LedgerLayout.Header..];
        foreach (var send in _sends)
        {
            Write(send, rest);
            rest = rest[LedgerLayout.SendSize..];
        }

        foreach (var at in _transactional)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, at);
            rest = rest[LedgerLayout.InstantSize..];
        }

        return packed;
    }

    private static void Write(in Send send, Span<byte> to)
    {
        var packed = new PackedSend
        {
            At = send.At,
            Bits = send.Fingerprint.Bits,
            Weight = send.Weight,
            Factor = send.Factor,
            Channel = send.Channel,
            Class = send.Class,
            Intent = send.Intent,
            Kind = send.Kind,
            Response = send.Response,
            FingerprintKind = send.Fingerprint.Kind,
            Flags = send.Mirrored ? PackedSend.MirroredFlag : (byte)0,
        };
        send.MailingId.TryWriteBytes(packed.Id, bigEndian: true, out _);
        MemoryMarshal.Write(to, packed);
    }

    private static long HalfLife(SumKind kind) => kind switch
    {
        SumKind.PressureEmail => Burdens.HalfLife(Channel.Email),
        SumKind.PressureSms => Burdens.HalfLife(Channel.Sms),
        SumKind.PressurePush => Burdens.HalfLife(Channel.Push),
        SumKind.PressureMessenger => Burdens.HalfLife(Channel.Messenger),
        _ => Burdens.ReciprocityHalfLife,
    };

    /// <summary>Puts a send's amounts into the sums (1) or takes them out (-1).</summary>
    private void Weigh(in Send send, int sign)
    {
        if (send.Mirrored)
            return;
        Add(PackedLedger.PressureOf(send.Channel), sign * send.Burden, send.At, Burdens.HalfLife(send.Channel));
        Add(SumKind.Asks, sign * Burdens.Ask(send.Kind), send.At, Burdens.ReciprocityHalfLife);
        Add(SumKind.Gives, sign * Burdens.Give(send.Kind), send.At, Burdens.ReciprocityHalfLife);
        if (send.Intent == Intent.Offer)
            Add(SumKind.Offers, sign * Burdens.Offer, send.At, Burdens.ReciprocityHalfLife);
    }

    private void Add(SumKind kind, double amount, long at, long halfLife)
    {
        if (amount != 0)
            _sums[(int)kind] = _sums[(int)kind].Add(amount, at, halfLife);
    }

    private int Find(Guid mailingId)
    {
        for (var i = _sends.Count - 1; i >= 0; i--)
        {
            if (_sends[i].MailingId == mailingId)
                return i;
        }

        return -1;
    }

    private void Insert(in Send send)
    {
        var index = _sends.Count;
        while (index > 0 && _sends[index - 1].At > send.At)
            index--;
        _sends.Insert(index, send);
    }

    private void Insert(long at)
    {
        var index = _transactional.Count;
        while (index > 0 && _transactional[index - 1] > at)
            index--;
        _transactional.Insert(index, at);
    }
}
