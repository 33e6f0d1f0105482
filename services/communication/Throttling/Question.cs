namespace Loyalty.Communications.Throttling;

/// <summary>A mailing ahead in the line, the instant it is promised to pass and the one at which it is planned to go.</summary>
internal readonly record struct Planned(Mailing Mailing, long EarliestAt, long At);

/// <summary>What the rules are asked: this mailing, for this person, behind these planned sends.</summary>
internal readonly ref struct Question(
    Mailing mailing, Profile profile, PackedLedger ledger, ReadOnlySpan<Planned> planned, in Visit visit)
{
    public readonly Mailing Mailing = mailing;
    public readonly Profile Profile = profile;
    public readonly Terms Terms = Terms.Of(mailing, profile);
    public readonly Sent Sent = new(ledger, planned);
    public readonly Visit Visit = visit;

    public Policy Policy => Visit.Policy;
}

/// <summary>The ledger plus the planned sends, which count from the instant on for which they are planned.</summary>
/// <param name="planned">Earliest first.</param>
internal readonly ref struct Sent(PackedLedger ledger, ReadOnlySpan<Planned> planned)
{
    public readonly PackedLedger Ledger = ledger;
    public readonly ReadOnlySpan<Planned> Planned = planned;

    /// <summary>All sends but TRANSACTIONAL at or before an instant, latest first.</summary>
    public Backwards Until(long at) => new(Ledger, Planned, at, transactional: false);

    /// <summary>TRANSACTIONAL sends at or before an instant, latest first.</summary>
    public Backwards TransactionalUntil(long at) => new(Ledger, Planned, at, transactional: true);

    internal ref struct Backwards
    {
        private readonly PackedLedger _ledger;
        private readonly ReadOnlySpan<Planned> _planned;
        private readonly bool _transactional;
        private int _inLedger;
        private int _inPlan;

        public Backwards(PackedLedger ledger, ReadOnlySpan<Planned> planned, long at, bool transactional)
        {
            _ledger = ledger;
            _planned = planned;
            _transactional = transactional;
            _inLedger = (transactional ? _ledger.TransactionalCount : _ledger.Count) - 1;
            while (_inLedger >= 0 && LedgerAt(_inLedger) > at)
                _inLedger--;
            _inPlan = _planned.Length - 1;
            while (_inPlan >= 0 && _planned[_inPlan].At > at)
                _inPlan--;
            SkipOthers();
        }

        public Glance Current { get; private set; }

        public readonly Backwards GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_inPlan >= 0 && (_inLedger < 0 || _planned[_inPlan].At >= LedgerAt(_inLedger)))
            {
                var (mailing, _, at) = _planned[_inPlan--];
                SkipOthers();
                Current = new Glance(at, mailing.Class, mailing.Channel);
                return true;
            }

            if (_inLedger < 0)
                return false;
            Current = _transactional
                ? new Glance(_ledger.TransactionalAt(_inLedger), MailingClass.Transactional, default)
                : _ledger.Glance(_inLedger);
            _inLedger--;
            return true;
        }

        private readonly long LedgerAt(int index) => _transactional ? _ledger.TransactionalAt(index) : _ledger.At(index);

        private void SkipOthers()
        {
            while (_inPlan >= 0 && (_planned[_inPlan].Mailing.Class == MailingClass.Transactional) != _transactional)
                _inPlan--;
        }
    }
}

/// <summary>What windows need to know of a send.</summary>
internal readonly record struct Glance(long At, MailingClass Class, Channel Channel);
