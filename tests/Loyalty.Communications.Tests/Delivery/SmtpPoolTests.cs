using Loyalty.Communications.Delivery;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class SmtpPoolTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task One_session_carries_many_mails(bool startTls, bool implicitTls)
    {
        await using var relay = new Relay(
            new() { StartTls = startTls, ImplicitTls = implicitTls },
            o => (o.Tls, o.CertificateAuthorityFile) = (startTls ? SmtpTls.StartTls : implicitTls ? SmtpTls.Implicit : SmtpTls.None, SelfSigned.CertificateFile));
        for (var i = 0; i < 20; i++)
            (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();

        relay.Sink.Received.Select(m => m.Connection).Distinct().ShouldBe([1]);
    }

    [Fact]
    public async Task A_session_that_died_while_idle_is_replaced_before_it_is_leased()
    {
        await using var relay = new Relay();
        await relay.SendAsync();
        relay.Sink.DropConnections();
        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();

        relay.Sink.Received.Select(m => m.Connection).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_session_that_no_longer_answers_is_replaced_before_it_is_leased()
    {
        await using var relay = new Relay(configure: o => (o.ProbeAfter, o.CommandTimeout) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        await relay.SendAsync();
        relay.Sink.At(SinkMoment.Rset, new SinkFault.Silence(), times: 1);

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();

        relay.Sink.Received.Select(m => m.Connection).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_server_that_went_away_and_came_back_is_found_again()
    {
        await using var relay = new Relay(configure: o => o.BreakerFailures = 100);
        await relay.SendAsync();
        await relay.Sink.StopAsync();

        (await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.NoSession);
        relay.Sink.Resume();

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Fact]
    public async Task An_idle_session_is_closed_in_time()
    {
        var clock = new TestClock();
        await using var relay = new Relay(clock: clock);
        await relay.SendAsync();
        relay.Sink.OpenConnections.ShouldBe(1);

        clock.Advance(relay.Options.IdleTimeout);

        await Eventually.TrueAsync(() => relay.Sink.OpenConnections == 0);
    }

    [Fact]
    public async Task A_session_is_replaced_after_its_share_of_mails()
    {
        await using var relay = new Relay(configure: o => o.MaxMailsPerSession = 2);
        for (var i = 0; i < 5; i++)
            await relay.SendAsync();

        relay.Sink.Received.Select(m => m.Connection).ShouldBe([1, 1, 2, 2, 3]);
    }

    [Fact]
    public async Task No_more_permits_are_leased_than_there_are_sessions_and_an_unused_one_comes_back()
    {
        await using var relay = new Relay(configure: o => o.MaxSessions = 2);
        var first = await relay.LeaseAsync();
        await using var second = await relay.LeaseAsync();

        (await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.Busy);
        await first.DisposeAsync();
        await first.DisposeAsync(); // twice does not free two places
        await using var third = await relay.LeaseAsync();

        (await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.Busy);
        relay.Sink.ConnectionCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_permit_sends_one_mail()
    {
        await using var relay = new Relay();
        await using var permit = await relay.LeaseAsync();
        await permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken);

        await Should.ThrowAsync<InvalidOperationException>(() => permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken));

        relay.Sink.ReceivedCount.ShouldBe(1);
    }

    [Fact]
    public async Task Failures_in_a_row_open_the_breaker_and_one_trial_closes_it()
    {
        var clock = new TestClock();
        await using var relay = new Relay(configure: o => (o.BreakerFailures, o.BreakerPause) = (3, TimeSpan.FromSeconds(5)), clock: clock);
        relay.Sink.At(SinkMoment.FinalDot, new SinkFault.Refuse(451), times: 3);
        for (var i = 0; i < 3; i++)
            (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();

        var open = await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken);
        open.Refusal.ShouldBe(new LeaseRefusal(LeaseRefusalReason.BreakerOpen, TimeSpan.FromSeconds(5)));
        clock.Advance(TimeSpan.FromSeconds(5));

        await using (var trial = await relay.LeaseAsync())
        {
            (await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.BreakerOpen);
            (await trial.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken)).ShouldBeOfType<MailOutcome.Accepted>();
        }

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Fact]
    public async Task Refused_recipients_say_nothing_against_the_provider()
    {
        await using var relay = new Relay(configure: o => o.BreakerFailures = 2);
        relay.Sink.At(SinkMoment.Rcpt, new SinkFault.Refuse(550));

        for (var i = 0; i < 10; i++)
            (await relay.SendAsync()).ShouldBeOfType<MailOutcome.NotSent>();
    }

    [Fact]
    public async Task The_rate_holds_and_an_unused_permit_gives_its_token_back()
    {
        var clock = new TestClock();
        await using var relay = new Relay(configure: o => (o.MaxPerSecond, o.Burst) = (2, 1), clock: clock);
        await (await relay.LeaseAsync()).DisposeAsync();
        await relay.SendAsync();

        var lease = await relay.Transport.TryLeaseAsync(TestContext.Current.CancellationToken);

        lease.Refusal.ShouldNotBeNull().Reason.ShouldBe(LeaseRefusalReason.RateLimited);
        clock.Advance(lease.Refusal.NextTrialIn);
        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
    }

    [Fact]
    public async Task A_permit_given_back_in_the_middle_of_a_mail_lends_its_session_to_nobody()
    {
        await using var relay = new Relay();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        relay.Sink.At(SinkMoment.Rcpt, new SinkFault.Meanwhile(() => { reached.SetResult(); goOn.Wait(TimeSpan.FromSeconds(10)); }), times: 1);
        var permit = await relay.LeaseAsync();
        var delivering = permit.DeliverAsync(Relay.Envelope, Relay.Hello, Relay.Fresh, TestContext.Current.CancellationToken);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        await permit.DisposeAsync();

        (await relay.SendAsync()).ShouldBeOfType<MailOutcome.Accepted>();
        goOn.Set();
        (await delivering).ShouldBeOfType<MailOutcome.NotSent>().Reason.ShouldBe("given back in the middle of a mail");
        relay.Sink.Received.ShouldHaveSingleItem().Connection.ShouldBe(2);
        relay.Sink.Violations.ShouldBeEmpty();
    }
}
