using Loyalty.Communications.Delivery;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class SmtpOutcomeTests
{
    public static MatrixTheoryData<SinkMoment, int, bool> Refusals => new(
        [SinkMoment.Mail, SinkMoment.Rcpt, SinkMoment.Data, SinkMoment.FinalDot], [421, 450, 452, 550, 554], [true, false]);

    private static readonly string[] NoPipelining = ["8BITMIME", "SIZE 50000000"];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accepts_a_mail_and_says_what_the_server_replied(bool pipelining)
    {
        await using var relay = new Relay(pipelining ? null : new() { Offers = NoPipelining });

        var accepted = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();

        accepted.Reply.ShouldBe(new SmtpReply(250, "2.0.0", "2.0.0 taken"));
        var mail = relay.Sink.Received.ShouldHaveSingleItem();
        mail.From.ShouldBe("sender@shop.example");
        mail.To.ShouldBe(["customer@home.example"]);
        mail.Octets.ShouldBe(Relay.Hello);
        relay.Sink.Violations.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_at_any_command_decides_and_the_next_mail_goes_through(SinkMoment moment, int code, bool pipelining)
    {
        await using var relay = new Relay(pipelining ? null : new() { Offers = NoPipelining }, o => o.BreakerFailures = 10);
        relay.Sink.At(moment, new SinkFault.Refuse(code, "1.2.3 no"), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        outcome.Kind.ShouldBe(code >= 500 ? NotSentKind.Permanent : NotSentKind.Temporary);
        outcome.Stage.ToString().ShouldBe(moment.ToString());
        outcome.Reply.ShouldNotBeNull().Code.ShouldBe(code);
        relay.Sink.Received.ShouldBeEmpty();
        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
        relay.Sink.Received.ShouldHaveSingleItem().Connection.ShouldBe(code == 421 ? 2 : 1, "only 421 costs the session");
        relay.Sink.Violations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    public async Task A_drop_before_the_body_is_not_sent(SinkMoment moment)
    {
        await using var relay = new Relay();
        relay.Sink.At(moment, new SinkFault.Drop(), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        outcome.Kind.ShouldBe(NotSentKind.Connection);
        outcome.Stage.ToString().ShouldBe(moment.ToString());
        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Fact]
    public async Task A_drop_in_the_middle_of_the_body_is_not_sent()
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.Body, new SinkFault.Drop(), times: 1);

        // Larger than what the kernels hold between the two ends, so that the client cannot have finished.
        var outcome = (await relay.SendAsync(new byte[40_000_000].Select((_, i) => i % 80 == 79 ? (byte)'\n' : (byte)'x').ToArray())).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Stage).ShouldBe((NotSentKind.Connection, SmtpStage.Body));
        relay.Sink.Received.ShouldBeEmpty();
        relay.Sink.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_that_comes_before_the_final_dot_decides_and_the_dot_does_not_leave()
    {
        await using var relay = new Relay();
        // 354 and the refusal in one segment: both are there before the body has left.
        relay.Sink.At(SinkMoment.Data, new SinkFault.Say("354 go ahead\r\n552 5.2.2 mailbox full\r\n"), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Stage, outcome.Reply?.EnhancedCode).ShouldBe((NotSentKind.Permanent, SmtpStage.Body, "5.2.2"));
        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
        relay.Sink.Violations.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_drop_after_the_final_dot_is_unknown_whether_or_not_the_mail_was_taken(bool taken)
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.FinalDot, taken ? new SinkFault.AcceptThenDrop() : new SinkFault.Drop(), times: 1);

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Unknown>();

        relay.Sink.ReceivedCount.ShouldBe(taken ? 1 : 0);
        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Theory]
    [InlineData("hello there\r\n")]
    [InlineData("999 no such code\r\n")]
    [InlineData("250-one code\r\n550 another\r\n")]
    [InlineData("354 go ahead\r\n")]
    [InlineData("250\tok\r\n")]
    public async Task A_reply_to_the_final_dot_that_decides_nothing_is_unknown(string reply)
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.FinalDot, new SinkFault.Say(reply), times: 1);

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Unknown>();
    }

    [Theory]
    [InlineData(100_000, 1, "a reply line that is too long")]
    [InlineData(10, 1000, "a reply with too many lines")]
    public async Task An_endless_reply_is_cut_off(int length, int lines, string reason)
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.Mail, new SinkFault.Say(string.Concat(Enumerable.Repeat("250-" + new string('x', length) + "\r\n", lines))), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Reason).ShouldBe((NotSentKind.Connection, reason));
    }

    [Theory]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    public async Task Silence_before_the_final_dot_is_not_sent(SinkMoment moment)
    {
        await using var relay = new Relay(configure: o => o.CommandTimeout = TimeSpan.FromSeconds(1));
        relay.Sink.At(moment, new SinkFault.Silence(), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Reason).ShouldBe((NotSentKind.Connection, "no answer in time"));
        relay.Sink.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Silence_after_the_final_dot_is_unknown()
    {
        await using var relay = new Relay(configure: o => o.FinalReplyTimeout = TimeSpan.FromMilliseconds(150));
        relay.Sink.At(SinkMoment.FinalDot, new SinkFault.Silence(), times: 1);

        (await relay.SendAsync()).ShouldBe(new MailOutcome.Unknown("no answer in time"));
    }

    [Fact]
    public async Task A_late_reply_to_the_final_dot_still_decides()
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.FinalDot, new SinkFault.Delay(TimeSpan.FromMilliseconds(300)), times: 1);

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Fact]
    public async Task A_server_that_reads_nothing_is_left_before_the_final_dot()
    {
        await using var relay = new Relay(configure: o => o.CommandTimeout = TimeSpan.FromSeconds(1));
        relay.Sink.At(SinkMoment.Body, new SinkFault.Delay(TimeSpan.FromSeconds(3)), times: 1);

        var outcome = (await relay.SendAsync(Enumerable.Repeat("0123456789\r\n"u8.ToArray(), 3_000_000).SelectMany(x => x).ToArray())).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Stage, outcome.Reason).ShouldBe((NotSentKind.Connection, SmtpStage.Body, "no answer in time"));
        relay.Sink.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_slow_reader_gets_its_mail()
    {
        await using var relay = new Relay(new() { ReadAtOnce = 500, ReadPause = TimeSpan.FromMilliseconds(1) });
        var message = Enumerable.Repeat(".line\r\n"u8.ToArray(), 3000).SelectMany(x => x).ToArray();

        (await relay.SendAsync(message)).ShouldBeOfType<MailOutcome.Accepted>();

        relay.Sink.Received.ShouldHaveSingleItem().Octets.ShouldBe(message);
    }

    [Theory]
    [InlineData(SinkMoment.Mail)]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.Data)]
    public async Task Past_the_deadline_the_final_dot_does_not_leave_and_the_connection_breaks(SinkMoment moment)
    {
        var clock = new TestClock();
        await using var relay = new Relay(new() { Offers = NoPipelining });
        // The sender's clock jumps while the server works, as after a long stall of the process.
        relay.Sink.At(moment, new SinkFault.Meanwhile(() => clock.Advance(TimeSpan.FromSeconds(15))), times: 1);

        var outcome = (await relay.SendAsync(deadline: FinalDotDeadline.From(clock, clock.GetTimestamp()))).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Reason).ShouldBe((NotSentKind.Connection, "the deadline of the final dot is over"));
        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
        relay.Sink.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_last_look_at_the_clock_comes_after_the_body_has_left()
    {
        await using var relay = new Relay();
        var looks = 0;
        await relay.SendAsync(deadline: new(new LookedAtClock(() => ++looks * 0), 3600));
        using var bodyArrived = new ManualResetEventSlim();
        relay.Sink.At(SinkMoment.Body, new SinkFault.Meanwhile(bodyArrived.Set), times: 1);

        // At its last look the client finds the time over, and looks only when the body is there.
        var look = 0;
        var clock = new LookedAtClock(() => ++look == looks && bodyArrived.Wait(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken) ? 3600 : 0);
        var outcome = (await relay.SendAsync(deadline: new(clock, 3600))).ShouldBeOfType<MailOutcome.NotSent>();

        outcome.Reason.ShouldBe("the deadline of the final dot is over");
        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
        relay.Sink.ReceivedCount.ShouldBe(1, "the one that counted the looks");
    }

    [Fact]
    public async Task A_tick_before_the_deadline_the_final_dot_leaves()
    {
        var clock = new TestClock();
        await using var relay = new Relay(new() { Offers = NoPipelining });
        relay.Sink.At(SinkMoment.Data, new SinkFault.Meanwhile(() => clock.Advance(TimeSpan.FromSeconds(14.5))), times: 1);
        relay.Sink.At(SinkMoment.FinalDot, new SinkFault.Meanwhile(() => clock.Advance(TimeSpan.FromSeconds(60))), times: 1);

        (await relay.SendAsync(deadline: FinalDotDeadline.From(clock, clock.GetTimestamp()))).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Theory]
    [InlineData(SinkMoment.Rcpt)]
    [InlineData(SinkMoment.FinalDot)]
    public async Task Cancelling_before_the_final_dot_is_not_sent_and_after_it_is_unknown(SinkMoment moment)
    {
        await using var relay = new Relay(new() { Offers = NoPipelining });
        using var cancel = new CancellationTokenSource();
        // The server cancels the client while it works on the command, and answers only when that is done.
        relay.Sink.At(moment, new SinkFault.Meanwhile(cancel.Cancel), times: 1);

        await using var permit = await relay.LeaseAsync();
        var outcome = await permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, cancel.Token);

        if (moment == SinkMoment.FinalDot)
            outcome.ShouldBe(new MailOutcome.Unknown("cancelled"));
        else
            outcome.ShouldBe(new MailOutcome.NotSent(NotSentKind.Connection, SmtpStage.Rcpt, null, "cancelled"));
    }

    [Fact]
    public async Task Asks_for_no_body_of_a_refused_mail()
    {
        await using var relay = new Relay();
        relay.Sink.At(SinkMoment.Rcpt, new SinkFault.Refuse(550), times: 1);
        relay.Sink.At(SinkMoment.Data, new SinkFault.Say("354 go ahead\r\n"), times: 1);

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Stage).ShouldBe((NotSentKind.Permanent, SmtpStage.Rcpt));
        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
    }

    [Fact]
    public async Task A_mail_that_is_too_large_is_not_offered()
    {
        await using var relay = new Relay(new() { Offers = ["SIZE 20"] });

        var outcome = (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        (outcome.Kind, outcome.Reply).ShouldBe((NotSentKind.Permanent, null));
        relay.Sink.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Declares_eight_bit_and_utf8_and_sends_neither_where_they_are_not_offered()
    {
        await using var able = new Relay();
        await using var unable = new Relay(new() { Offers = [] });
        var envelope = new MailEnvelope("sender@shop.example", "žofie@příklad.example");
        foreach (var (relay, expected) in ((Relay, Type)[])[(able, typeof(MailOutcome.Accepted)), (unable, typeof(MailOutcome.NotSent))])
        {
            await using (var permit = await relay.LeaseAsync())
                (await permit.DeliverAsync(envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken)).ShouldBeOfType(expected);
            (await relay.SendAsync("Subject: x\r\n\r\nžluť\r\n"u8.ToArray())).ShouldBeOfType(expected);
            relay.Sink.Violations.ShouldBeEmpty();
        }

        able.Sink.Received.Select(m => m.Parameters.Split(' ')[^1]).ShouldBe(["SMTPUTF8", "BODY=8BITMIME"]);
        able.Sink.Received[0].To.ShouldBe(["žofie@příklad.example"]);
    }

    [Fact]
    public async Task Under_random_faults_what_is_called_sent_was_received_and_what_is_called_not_sent_was_not()
    {
        await using var relay = new Relay(configure: o => o.BreakerFailures = 1000);
        var seed = 20261;
        foreach (var moment in (SinkMoment[])[SinkMoment.Mail, SinkMoment.Rcpt, SinkMoment.Data, SinkMoment.FinalDot])
        {
            relay.Sink.AtRandom(moment, new SinkFault.Refuse(450), 0.05, seed++).AtRandom(moment, new SinkFault.Refuse(550), 0.05, seed++)
                .AtRandom(moment, new SinkFault.Refuse(421, ThenClose: true), 0.03, seed++).AtRandom(moment, new SinkFault.Drop(), 0.03, seed++);
        }

        relay.Sink.AtRandom(SinkMoment.FinalDot, new SinkFault.AcceptThenDrop(), 0.05, seed);

        var outcomes = new Dictionary<string, MailOutcome>(StringComparer.Ordinal);
        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (i, _) =>
        {
            var outcome = await relay.SendAsync(System.Text.Encoding.ASCII.GetBytes($"Message-ID: <{i}@x>\r\n\r\nbody\r\n"));
            lock (outcomes)
                outcomes[$"<{i}@x>"] = outcome;
        });

        var received = relay.Sink.Received.Select(m => m.MessageId!).ToList(); // the test wrote one into each
        received.Count.ShouldBe(received.Distinct(StringComparer.Ordinal).Count(), "nothing was received twice");
        foreach (var (id, outcome) in outcomes)
        {
            if (outcome is not MailOutcome.Unknown)
                received.Contains(id, StringComparer.Ordinal).ShouldBe(outcome is MailOutcome.Accepted, outcome.ToString());
        }

        outcomes.Values.Select(o => o.GetType()).Distinct().Count().ShouldBe(3, "each ending occurred");
        relay.Sink.Violations.ShouldBeEmpty();
    }

    /// <summary>Asks the test at each look; a tick is a second.</summary>
    private sealed class LookedAtClock(Func<long> look) : TimeProvider
    {
        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => look();
    }
}
