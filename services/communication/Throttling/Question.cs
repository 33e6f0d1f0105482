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
    public Backwards Until(long at) => new(this, at, transactional: false);

    /// <summary>TRANSACTIONAL sends at or before an instant, latest first.</summary>
    public Backwards TransactionalUntil(long at) => new(this, at, transactional: true);

    internal ref struct Backwards
    {
        private readonly Sent _sent;
        private readonly bool _transactional;
        private int _ledger;
        private int _planned;

        public Backwards(Sent sent, long at, bool transactional)
        {
            _sent = sent;
            _transactional = transactional;
            _ledger = (transactional ? sent.Ledger.TransactionalCount : sent.Ledger.Count) - 1;
            _planned = sent.Planned.Length - 1;
            while (_ledger >= 0 && LedgerAt(_ledger) > at)
                _ledger--;
            while (_planned >= 0 && sent.Planned[_planned].At > at)
                _planned--;
            SkipOthers();
        }

        public Glance Current { get; private set; }

        public readonly Backwards GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_planned >= 0 && (_ledger < 0 || _sent.Planned[_planned].At >= LedgerAt(_ledger)))
            {
                var (mailing, _, at) = _sent.Planned[_planned--];
                SkipOthers();
                Current = new Glance(at, mailing.Class, mailing.Channel);
                return true;
            }

            if (_ledger < 0)
                return false;
            Current = _transactional
                ? new Glance(LedgerAt(_ledger), MailingClass.Transactional, default)
                : new Glance(LedgerAt(_ledger), _sent.Ledger.ClassOf(_ledger), _sent.Ledger.ChannelOf(_ledger));
            _ledger--;
            return true;
        }

        private readonly long LedgerAt(int index) => _transactional ? _sent.Ledger.TransactionalAt(index) : _sent.Ledger.At(index);

        private void SkipOthers()
        {
            while (_planned >= 0 && (_sent.Planned[_planned].Mailing.Class == MailingClass.Transactional) != _transactional)
                _planned--;
        }
    }
}

/// <summary>What windows need to know of a send.</summary>
internal readonly record struct Glance(long At, MailingClass Class, Channel Channel);
