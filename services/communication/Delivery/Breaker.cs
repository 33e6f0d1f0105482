namespace Loyalty.Communications.Delivery;

/// <summary>
/// Stops asking a provider that fails: open after a number of failures in a row, then one trial at a time, each failed one
/// doubling the pause. Polly's breaker wraps one call and was refused: here a lease begins the trial and an outcome, much later, ends it.
/// </summary>
internal sealed class Breaker(TimeProvider clock, int failuresToOpen, TimeSpan firstPause, TimeSpan longestPause)
{
    private readonly Lock _lock = new();
    private int _failures;
    private int _generation; // what began before the breaker last changed says nothing about now
    private bool _open;
    private bool _trying;
    private TimeSpan _pause;
    private long _openedAt;

    /// <summary>The provider failed lately; only trials are let through.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
                return _open;
        }
    }

    /// <summary>
    /// Asks to use the provider. True: exactly one of <see cref="Succeed"/>, <see cref="Fail"/>, <see cref="Trip"/> or
    /// <see cref="Abandon"/> must follow with the ticket. False: <paramref name="nextTrialIn"/> says when to ask again.
    /// </summary>
    public bool TryEnter(out int ticket, out TimeSpan nextTrialIn)
    {
        lock (_lock)
        {
            (ticket, nextTrialIn) = (_generation, TimeSpan.Zero);
            if (!_open)
                return true;

            var left = _pause - clock.GetElapsedTime(_openedAt);
            if (left > TimeSpan.Zero || _trying)
            {
                nextTrialIn = left > TimeSpan.Zero ? left : firstPause;
                return false;
            }

            _trying = true;
            return true;
        }
    }

    /// <summary>The provider took a mail, or gave a reply that shows it well.</summary>
    public void Succeed(int ticket)
    {
        lock (_lock)
        {
            if (ticket != _generation)
                return;
            if (_open)
                _generation++;
            (_open, _trying, _failures) = (false, false, 0);
        }
    }

    /// <summary>The provider failed. True when this opened the breaker.</summary>
    public bool Fail(int ticket) => Fail(ticket, atOnce: false);

    /// <summary>The provider failed in a way that the next try will not mend (a refused password): opens at once. True when this opened the breaker.</summary>
    public bool Trip(int ticket) => Fail(ticket, atOnce: true);

    /// <summary>Nothing was learnt.</summary>
    public void Abandon(int ticket)
    {
        lock (_lock)
        {
            if (ticket == _generation)
                _trying = false;
        }
    }

    private bool Fail(int ticket, bool atOnce)
    {
        lock (_lock)
        {
            if (ticket != _generation || (++_failures < failuresToOpen && !atOnce && !_open))
                return false;
            var doubled = _open ? _pause * 2 : firstPause;
            (_pause, _openedAt) = (doubled < longestPause ? doubled : longestPause, clock.GetTimestamp());
            (_open, _trying) = (true, false);
            _generation++;
            return true;
        }
    }
}
