using Microsoft.Extensions.Logging;

namespace Loyalty.Communications.Delivery;

/// <summary>Mail to a relay: a permit is a place, a closed breaker, a rate token and a ready session, in this order, so that nothing dear is taken in vain.</summary>
internal sealed partial class SmtpTransport : IMailTransport
{
    private readonly SmtpPool _pool;
    private readonly Breaker _breaker;
    private readonly SendRate? _rate;
    private readonly ILogger _log;

    /// <exception cref="ArgumentException">The settings have faults; the message names them.</exception>
    public SmtpTransport(SmtpOptions options, TimeProvider clock, ILogger<SmtpTransport> log)
    {
        if (options.Faults() is { Count: > 0 } faults)
            throw new ArgumentException(string.Join(' ', faults), nameof(options));
        _pool = new SmtpPool(options, clock);
        _breaker = new Breaker(clock, options.BreakerFailures, options.BreakerPause, options.BreakerLongestPause);
        _rate = options.MaxPerSecond is { } rate ? new SendRate(clock, rate, options.Burst) : null;
        _log = log;
    }

    /// <summary>The relay failed lately, and the next trial is still to come.</summary>
    public bool IsAway => _breaker.IsOpen;

    public async ValueTask<MailLease> TryLeaseAsync(CancellationToken cancel)
    {
        if (!_pool.TryEnter())
            return MailLease.Refused(LeaseRefusalReason.Busy, TimeSpan.FromSeconds(1));

        if (!_breaker.TryEnter(out var ticket, out var nextTrialIn))
        {
            _pool.Leave();
            return MailLease.Refused(LeaseRefusalReason.BreakerOpen, nextTrialIn);
        }

        if (_rate is not null && !_rate.TryTake(out nextTrialIn))
        {
            _breaker.Abandon(ticket);
            _pool.Leave();
            return MailLease.Refused(LeaseRefusalReason.RateLimited, nextTrialIn);
        }

        try
        {
            return MailLease.Granted(new Permit(this, await _pool.RentAsync(cancel), ticket));
        }
        catch (Exception e)
        {
            _rate?.Return();
            _pool.Leave();
            if (e is not SmtpOpenException failure || cancel.IsCancellationRequested)
            {
                _breaker.Abandon(ticket);
                cancel.ThrowIfCancellationRequested();
                throw;
            }

            LogNoSession(failure.Stage, failure.Reply?.Code, failure.Message);
            // The same password will be refused again, and may lock the account.
            Failed(ticket, atOnce: failure is { Stage: SmtpStage.Auth, Reply.IsPermanent: true });
            return MailLease.Refused(LeaseRefusalReason.NoSession, TimeSpan.FromSeconds(1));
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    // What one mail's ending says about the provider: a refused recipient says nothing against it.
    private void Learn(int ticket, MailOutcome outcome, CancellationToken cancel)
    {
        switch (outcome)
        {
            case MailOutcome.NotSent { Kind: NotSentKind.Connection } or MailOutcome.Unknown when cancel.IsCancellationRequested:
            case MailOutcome.NotSent { Kind: NotSentKind.Permanent, Reply: null }:
                _breaker.Abandon(ticket);
                break;
            case MailOutcome.Unknown:
            case MailOutcome.NotSent { Kind: NotSentKind.Connection } or MailOutcome.NotSent { Reply.IsClosing: true }:
            case MailOutcome.NotSent { Stage: SmtpStage.Mail }:
            case MailOutcome.NotSent { Kind: NotSentKind.Temporary, Stage: not SmtpStage.Rcpt }:
                Failed(ticket, atOnce: false);
                break;
            default:
                _breaker.Succeed(ticket);
                break;
        }
    }

    private void Failed(int ticket, bool atOnce)
    {
        if (atOnce ? _breaker.Trip(ticket) : _breaker.Fail(ticket))
            LogBreakerOpened();
    }

    [LoggerMessage(LogLevel.Warning, "No SMTP session: {Stage} {Code} {Reason}")]
    private partial void LogNoSession(SmtpStage stage, int? code, string reason);

    [LoggerMessage(LogLevel.Warning, "The SMTP breaker opened")]
    private partial void LogBreakerOpened();

    private sealed class Permit(SmtpTransport transport, SmtpSession session, int ticket) : IMailPermit
    {
        private int _state; // 0 leased, 1 delivering, 2 given back, 3 delivered

        public bool TakesEightBit => session.TakesEightBit;

        public async Task<MailOutcome> DeliverAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel)
        {
            if (Interlocked.CompareExchange(ref _state, 1, 0) != 0)
                throw new InvalidOperationException("A permit sends one mail.");
            try
            {
                var outcome = await session.SendAsync(envelope, message, deadline, cancel);
                transport.Learn(ticket, outcome, cancel);
                return outcome;
            }
            finally
            {
                Interlocked.CompareExchange(ref _state, 3, 1);
            }
        }

        public async ValueTask DisposeAsync()
        {
            var state = Interlocked.Exchange(ref _state, 2);
            if (state == 2)
                return;
            transport._breaker.Abandon(ticket); // says nothing when an outcome has spoken
            if (state == 0)
                transport._rate?.Return();
            if (state == 1)
                session.Abandon(); // or the next mail would share the conversation with this one
            await transport._pool.ReturnAsync(session);
        }
    }
}
