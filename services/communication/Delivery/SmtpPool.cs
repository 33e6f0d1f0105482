namespace Loyalty.Communications.Delivery;

/// <summary>Sessions that wait for the next mail. The youngest idle one is used first, so that the rest can grow old and be closed.</summary>
internal sealed class SmtpPool : IAsyncDisposable
{
    private readonly SmtpOptions _options;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly List<(SmtpSession Session, long IdleSince)> _idle = []; // oldest first
    private readonly ITimer _sweep;
    private int _leased;
    private bool _disposed;

    public SmtpPool(SmtpOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _sweep = clock.CreateTimer(static pool => ((SmtpPool)pool!).CloseOld(), this, options.IdleTimeout / 2, options.IdleTimeout / 2);
    }

    /// <summary>Takes a place for a session; false when all are taken. <see cref="ReturnAsync"/> or <see cref="Leave"/> frees it.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_disposed || _leased >= _options.MaxSessions)
                return false;
            _leased++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
            _leased--;
    }

    /// <summary>A ready session: an idle one that still lives, or a new one. Only with a place.</summary>
    /// <exception cref="SmtpOpenException">None could be opened.</exception>
    public async Task<SmtpSession> RentAsync(CancellationToken cancel)
    {
        while (TakeIdle() is var (session, idleFor))
        {
            if (idleFor < _options.IdleTimeout && await session.IsReadyAsync(ask: idleFor >= _options.ProbeAfter, cancel))
                return session;
            await session.DisposeAsync();
        }

        return await SmtpSession.OpenAsync(_options, _clock, cancel);
    }

    /// <summary>Frees the place, and keeps the session for the next mail if it is fit for one.</summary>
    public async ValueTask ReturnAsync(SmtpSession session)
    {
        var keep = !session.IsBroken && session.MailsSent < _options.MaxMailsPerSession;
        lock (_lock)
        {
            _leased--;
            keep &= !_disposed;
            if (keep)
                _idle.Add((session, _clock.GetTimestamp()));
        }

        if (!keep)
            await session.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (SmtpSession Session, long IdleSince)[] idle;
        lock (_lock)
        {
            _disposed = true;
            idle = [.. _idle];
            _idle.Clear();
        }

        await _sweep.DisposeAsync();
        foreach (var (session, _) in idle)
            await session.DisposeAsync();
    }

    private (SmtpSession Session, TimeSpan IdleFor)? TakeIdle()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
                return null;
            var (session, idleSince) = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);
            return (session, _clock.GetElapsedTime(idleSince));
        }
    }

    private void CloseOld()
    {
        var old = new List<SmtpSession>();
        lock (_lock)
        {
            while (_idle.Count > 0 && _clock.GetElapsedTime(_idle[0].IdleSince) >= _options.IdleTimeout)
            {
                old.Add(_idle[0].Session);
                _idle.RemoveAt(0);
            }
        }

        foreach (var session in old)
            _ = session.DisposeAsync().AsTask(); // at most a second for its QUIT, and nobody waits for it
    }
}
