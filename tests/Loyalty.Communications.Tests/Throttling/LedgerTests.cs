using Loyalty.Communications.Throttling;

namespace Loyalty.Communications.Tests.Throttling;

public sealed class LedgerTests
{
    [Fact]
    public void No_bytes_are_an_empty_ledger()
    {
        var ledger = new PackedLedger([]);
        (ledger.Count, ledger.TransactionalCount, ledger.Sum(SumKind.Asks)).ShouldBe((0, 0, default));
    }

    [Fact]
    public void What_is_packed_is_read_back_oldest_first() => Some.ForAnyHistory(200, random =>
    {
        var sends = Histories.Past(random, 60).Select(send => send with
        {
            Fingerprint = new Fingerprint(FingerprintKind.SimHash, (ulong)random.NextInt64()),
            Mirrored = random.Next(4) == 0,
        }).ToArray();
        random.Shuffle(sends);
        var packed = Some.Ledger(sends);
        var ledger = new PackedLedger(packed);
        var read = Enumerable.Range(0, ledger.Count).Select(i => Read(packed, i)).ToArray();
        read.Select(send => send.At).ShouldBeInOrder();
        read.ShouldBe(sends.Where(send => send.Class != MailingClass.Transactional), ignoreOrder: true);
        Enumerable.Range(0, ledger.TransactionalCount).Select(i => new PackedLedger(packed).TransactionalAt(i))
            .ShouldBe(sends.Where(send => send.Class == MailingClass.Transactional).Select(send => send.At).Order());
        new LedgerWriter().Load(packed).Pack().ShouldBe(packed);
    });

    [Fact]
    public void The_layout_of_version_1_stands_for_ever()
    {
        var writer = new LedgerWriter();
        writer.Append(new Send
        {
            MailingId = new Guid("0192e4a0-1111-7222-8333-444455556666"),
            At = 0x0102030405060708,
            Channel = Channel.Sms,
            Class = MailingClass.Promotion,
            Intent = Intent.Offer,
            Kind = MailingKind.Plain,
            Weight = 1000,
            Factor = 1000,
            Fingerprint = new Fingerprint(FingerprintKind.SimHash, 0x1122334455667788),
            Mirrored = true,
        });
        writer.Append(Send.Of(Some.Receipt(), 0x0A0B0C0D0E0F1011));
        writer.SetResponse(1.5, 7);
        Convert.ToHexStringLower(writer.Pack()).ShouldBe(string.Concat(
            "01000100" + "01000000",
            string.Concat(Enumerable.Repeat("00000000000000000000000000000000", 7)),
            "000000000000f83f" + "0700000000000000",
            "0192e4a0111172228333444455556666" + "0807060504030201" + "8877665544332211" + "e803" + "e803",
            "02" + "04" + "03" + "00" + "00" + "01" + "01" + "0000000000",
            "11100f0e0d0c0b0a"));
    }

    [Theory]
    [InlineData("02000000000000")]
    [InlineData("01")]
    public void Another_version_or_a_torn_ledger_is_refused(string hex) =>
        Should.Throw<InvalidDataException>(() => new LedgerWriter().Load(Convert.FromHexString(hex)));

    [Fact]
    public void A_ledger_cut_short_is_refused() =>
        Should.Throw<InvalidDataException>(() => new LedgerWriter().Load(Some.Ledger(Some.Sent(Some.Promotion(), Some.Noon)).AsSpan(0, 180)));

    [Fact]
    public void A_send_taken_out_again_leaves_no_trace_in_the_sums()
    {
        var writer = new LedgerWriter();
        var kept = Send.Of(Some.OpinionAsk(1), Some.Noon);
        var gone = Send.Of(Some.Promotion(2), Some.Noon + 3 * Instants.Day);
        writer.Append(kept);
        writer.Append(gone);
        writer.Remove(gone.MailingId).ShouldBeTrue();
        writer.Remove(gone.MailingId).ShouldBeFalse();
        var packed = writer.Pack();
        var ledger = new PackedLedger(packed);
        ledger.Count.ShouldBe(1);
        ledger.Sum(SumKind.PressureEmail).Read(Some.Noon, 7 * Instants.Day).ShouldBe(1.8, 1e-12);
        ledger.Sum(SumKind.Asks).Read(Some.Noon, Burdens.ReciprocityHalfLife).ShouldBe(1, 1e-12);
        ledger.Sum(SumKind.Offers).Value.ShouldBe(0, 1e-12);
    }

    [Fact]
    public void A_send_moved_to_its_outcome_weighs_as_if_it_had_happened_then()
    {
        var writer = new LedgerWriter();
        writer.Append(Send.Of(Some.Promotion(1), Some.Noon));
        writer.Append(Send.Of(Some.Promotion(2), Some.Noon + Instants.Minute));
        writer.Move(Some.Id(1), Some.Noon + Instants.Hour).ShouldBeTrue();
        var moved = writer.Pack();
        var straight = Some.Ledger(Send.Of(Some.Promotion(2), Some.Noon + Instants.Minute), Send.Of(Some.Promotion(1), Some.Noon + Instants.Hour));
        Read(moved, 1).MailingId.ShouldBe(Some.Id(1));
        var at = Some.Noon + Instants.Day;
        new PackedLedger(moved).Sum(SumKind.PressureEmail).Read(at, 7 * Instants.Day)
            .ShouldBe(new PackedLedger(straight).Sum(SumKind.PressureEmail).Read(at, 7 * Instants.Day), 1e-9);
    }

    [Fact]
    public void A_higher_response_replaces_a_lower_one_and_never_the_other_way_round()
    {
        var writer = new LedgerWriter();
        writer.Append(Send.Of(Some.Promotion(1), Some.Noon));
        writer.Respond(Some.Id(1), Response.Opened).ShouldBeTrue();
        writer.Respond(Some.Id(1), Response.DeletedUnread).ShouldBeFalse();
        Pressure(writer).ShouldBe(0.7, 1e-12);
        writer.Respond(Some.Id(1), Response.ClickedOrReplied).ShouldBeTrue();
        Pressure(writer).ShouldBe(0.3, 1e-12);
        writer.Respond(Some.Id(9), Response.Opened).ShouldBeFalse();
    }

    [Fact]
    public void Only_what_no_window_counts_is_evicted()
    {
        var writer = new LedgerWriter();
        writer.Append(Send.Of(Some.Promotion(1), Some.Noon - LedgerWriter.Horizon));
        writer.Append(Send.Of(Some.Promotion(2), Some.Noon - LedgerWriter.Horizon + 1));
        writer.Append(Send.Of(Some.Service(3), Some.Noon - LedgerWriter.ShortHorizon));
        writer.Append(Send.Of(Some.Service(4), Some.Noon - LedgerWriter.ShortHorizon + 1));
        writer.Append(Send.Of(Some.Receipt(), Some.Noon - LedgerWriter.ShortHorizon));
        writer.Append(Send.Of(Some.Receipt(), Some.Noon - LedgerWriter.ShortHorizon + 1));
        var fingerprint = new Fingerprint(FingerprintKind.SimHash, 5);
        writer.Append(Send.Of(Some.Promotion(5) with { Fingerprint = fingerprint }, Some.Noon - LedgerWriter.FingerprintHorizon));
        writer.Append(Send.Of(Some.Promotion(6) with { Fingerprint = fingerprint }, Some.Noon - LedgerWriter.FingerprintHorizon + 1));
        var pressure = Pressure(writer);
        writer.Evict(Some.Noon);
        var packed = writer.Pack();
        var kept = Enumerable.Range(0, new PackedLedger(packed).Count).Select(i => Read(packed, i)).ToArray();
        kept.Select(send => send.MailingId).ShouldBe([Some.Id(2), Some.Id(5), Some.Id(6), Some.Id(4)]);
        kept[1].Fingerprint.ShouldBe(default);
        kept[2].Fingerprint.ShouldBe(fingerprint);
        new PackedLedger(packed).TransactionalCount.ShouldBe(1);
        Pressure(writer).ShouldBe(pressure);
    }

    [Fact]
    public void Evicting_never_changes_a_decision() => Some.ForAnyHistory(300, random =>
    {
        var person = Histories.Person(random);
        var past = Some.Ledger(Histories.Past(random, 50));
        var writer = new LedgerWriter().Load(past);
        writer.Evict(Some.Noon);
        var mailing = Histories.Mailing(random, 1);
        var full = Some.Decide(new Recipient(person, past), mailing, Some.Noon);
        var evicted = Some.Decide(new Recipient(person, writer.Pack()), mailing, Some.Noon);
        Explanation.Of(evicted, Some.Policy).Agrees(Explanation.Of(full, Some.Policy)).ShouldBeTrue();
    });

    [Fact]
    public void Sums_decay_by_half_each_half_life_and_take_late_facts_at_their_own_instant()
    {
        var sum = default(DecayedSum).Add(4, Some.Noon, Instants.Day);
        sum.Read(Some.Noon + Instants.Day, Instants.Day).ShouldBe(2);
        sum.Add(4, Some.Noon - Instants.Day, Instants.Day).Read(Some.Noon, Instants.Day).ShouldBe(6);
        sum.Add(-5, Some.Noon, Instants.Day).Value.ShouldBe(0);
    }

    private static double Pressure(LedgerWriter writer) => new PackedLedger(writer.Pack()).Sum(SumKind.PressureEmail).Value;

    private static Send Read(byte[] packed, int index) => new PackedLedger(packed).Send(index);
}
