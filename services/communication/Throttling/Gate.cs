namespace Loyalty.Communications.Throttling;

/// <summary>The decision: pure, allocation-free, time passed in.</summary>
internal static class Gate
{
    /// <summary>The search for the earliest instant gives up after so many rounds.</summary>
    public const int MostRounds = 64;

    /// <summary>How soon an unsettled search is tried again.</summary>
    public const long UnsettledRetry = Instants.Hour;

    /// <summary>Releases are spread over at most this long behind the earliest instant.</summary>
    public const long MostSpread = Instants.Hour;

    /// <summary>Beyond this an earliest instant is not made exact; every expiry lies before it.</summary>
    private const long Horizon = 3660 * Instants.Day;

    /// <summary>
    /// Decides one mailing, standing in the line of those that wait (which may hold it already; any order). Allocates only where others wait.
    /// </summary>
    public static void Decide(Recipient recipient, Mailing mailing, ReadOnlySpan<Mailing> waiting, in Visit visit, out Decision decision)
    {
        decision = default;
        var plan = default(Plan);
        if (waiting.Length > 0)
        {
            List<Mailing> ahead = [];
            foreach (var other in waiting)
            {
                if (other.Id != mailing.Id && Line.Compare(other, mailing) < 0)
                    ahead.Add(other);
            }

            ahead.Sort(Line.Compare);
            foreach (var other in ahead)
                DecideNext(recipient, other, visit, ref plan, ref decision);
        }

        DecideNext(recipient, mailing, visit, ref plan, ref decision);
    }

    /// <summary>
    /// Decides all that wait, in one visit. <paramref name="line"/> must stand in line order (<see cref="Line.Sort"/>);
    /// <paramref name="decisions"/> gets one decision for each, at the same index. All Sends among them hold together.
    /// </summary>
    /// <exception cref="ArgumentException">Fewer decisions than mailings, or a line out of order.</exception>
    public static void DecideLine(Recipient recipient, ReadOnlySpan<Mailing> line, in Visit visit, Span<Decision> decisions)
    {
        if (decisions.Length < line.Length)
            throw new ArgumentException("fewer decisions than mailings", nameof(decisions));
        var plan = default(Plan);
        for (var i = 0; i < line.Length; i++)
        {
            if (i > 0 && Line.Compare(line[i - 1], line[i]) > 0)
                throw new ArgumentException("the line is not in line order", nameof(line));
            DecideNext(recipient, line[i], visit, ref plan, ref decisions[i]);
        }
    }

    /// <summary>Decides the next in the line behind those planned, and plans it.</summary>
    private static void DecideNext(Recipient recipient, Mailing mailing, in Visit visit, ref Plan plan, ref Decision decision)
    {
        var now = visit.Now;
        var ledger = new PackedLedger(recipient.Ledger.Span);
        var question = new Question(mailing, recipient.Profile, ledger, plan.InOrder, visit);
        Begin(question, plan.Count, ref decision, out var next, out var forbidden);

        if (now >= mailing.ExpiresAt)
        {
            Decline(ref decision, DeclineReason.Expired, Instants.Never);
        }
        else if (forbidden != Detail.None)
        {
            Decline(ref decision, Reasons.Of(forbidden), Instants.Never);
        }
        else if (decision.WaitsFor != WaitsFor.Nothing)
        {
            StandAside(recipient, question, ref decision);
        }
        else if (plan.Count == Plan.Most)
        {
            // Not planned: its own earliest instant may be later than that of the last planned one, never promised to be earlier.
            var alone = Alone(recipient, question);
            if (alone >= mailing.ExpiresAt)
                Decline(ref decision, DeclineReason.ExpiresFirst, alone);
            else
                Defer(ref decision, LinePlace.BehindThePlan, Math.Max(alone, plan.InOrder[^1].At), mailing.ExpiresAt);
        }
        else
        {
            Place(recipient, question, next, ref plan, ref decision);
        }
    }

    /// <summary>Searches the earliest instant of a mailing that waits for no event, and plans it.</summary>
    private static void Place(Recipient recipient, in Question question, long next, ref Plan plan, ref Decision decision)
    {
        var mailing = question.Mailing;
        var now = question.Visit.Now;
        var earliest = now;
        if (next != now && !Search(question, next, out earliest)) // where all pass at once there is nothing to search
        {
            Defer(ref decision, LinePlace.Unsettled, earliest, Math.Min(now + UnsettledRetry, mailing.ExpiresAt));
            return;
        }

        if (earliest >= mailing.ExpiresAt)
        {
            var alone = plan.Count == 0 ? earliest : Alone(recipient, question);
            if (alone >= mailing.ExpiresAt)
                Decline(ref decision, DeclineReason.ExpiresFirst, alone);
            else
                Defer(ref decision, LinePlace.CrowdedOut, earliest, mailing.ExpiresAt);
            return;
        }

        if (mailing.BackoffUntil > now)
        {
            Defer(ref decision, LinePlace.Aside, earliest, earliest);
            return;
        }

        var release = Release.Of(question, earliest);
        if (release <= now)
            Send(ref decision);
        else
            Defer(ref decision, LinePlace.Planned, earliest, release);
        plan.Add(new Planned(mailing, earliest, release));
    }

    /// <summary>What waits for an event has no instant; but where the other rules alone outlast its expiry, no event can help it.</summary>
    private static void StandAside(Recipient recipient, in Question question, ref Decision decision)
    {
        var mailing = question.Mailing;
        var alone = Alone(recipient, question);
        if (alone >= mailing.ExpiresAt)
        {
            Decline(ref decision, DeclineReason.ExpiresFirst, alone);
            return;
        }

        var lookAgain = decision.WaitsFor switch
        {
            WaitsFor.Profile => mailing.AcceptedAt + Policy.ProfileWait,
            // Neither a heartbeat nor a parked event that turns out to be no news sets anybody's due instant.
            WaitsFor.Heartbeat or WaitsFor.ParkedEvent => question.Visit.Now + Policy.HeartbeatAge,
            _ => mailing.ExpiresAt,
        };
        Defer(ref decision, LinePlace.Aside, Instants.Never, Math.Min(lookAgain, mailing.ExpiresAt));
    }

    /// <summary>The earliest instant on the ledger alone, as if nobody stood ahead; events that are waited for are taken to have come.</summary>
    private static long Alone(Recipient recipient, in Question question)
    {
        var alone = new Question(question.Mailing, recipient.Profile, question.Sent.Ledger, [], question.Visit);
        Search(alone, question.Visit.Now, out var earliest);
        return earliest;
    }

    /// <summary>
    /// s ← max over all rules of next(s), until nothing changes. Each next is exact, so that is the least instant at which all pass.
    /// False after 64 rounds without an end.
    /// </summary>
    private static bool Search(in Question question, long from, out long earliest)
    {
        earliest = from;
        for (var round = 0; round < MostRounds; round++)
        {
            if (earliest > question.Visit.Now + Horizon)
                return true;
            var next = Rules.Next(question, earliest);
            if (next == earliest)
                return true;
            earliest = next;
        }

        return false;
    }

    private static void Begin(in Question question, int ahead, ref Decision decision, out long next, out Detail forbidden)
    {
        var now = question.Visit.Now;
        decision.MailingId = question.Mailing.Id;
        decision.Terms = question.Terms;
        decision.At = now;
        decision.Reason = DeclineReason.None;
        decision.WaitsFor = WaitsFor.Nothing;
        decision.Place = LinePlace.Planned;
        decision.Ahead = (byte)ahead;
        decision.AwakeUntil = Instants.Never;
        next = now;
        forbidden = Detail.None;
        var count = 0;
        foreach (var rule in Rules.All)
        {
            ref var verdict = ref decision.All[count++];
            verdict = Rules.At(rule, question, now);
            if (verdict.Outcome == Outcome.Forbid)
            {
                if (forbidden == Detail.None)
                    forbidden = verdict.Detail;
            }
            else if (verdict.Waits && Reasons.WaitOf(verdict.Detail) is var waits and not WaitsFor.Nothing)
            {
                if (decision.WaitsFor == WaitsFor.Nothing)
                    decision.WaitsFor = waits;
            }
            else if (verdict.FromAt > next)
            {
                next = verdict.FromAt;
            }

            if (rule == Rule.QuietHours && verdict.Detail != Detail.None)
                decision.AwakeUntil = verdict.Since;
        }

        decision.Count = (byte)count;
    }

    private static void Send(ref Decision decision)
    {
        decision.Kind = DecisionKind.Send;
        decision.EarliestAt = decision.ReleaseAt = decision.DueAt = decision.At;
    }

    private static void Defer(ref Decision decision, LinePlace place, long earliestAt, long releaseAt)
    {
        decision.Kind = DecisionKind.Defer;
        decision.Place = place;
        decision.EarliestAt = earliestAt;
        decision.ReleaseAt = releaseAt;
        decision.DueAt = Math.Min(releaseAt, decision.Terms.ExpiresAt);
    }

    private static void Decline(ref Decision decision, DeclineReason reason, long earliestAt)
    {
        decision.Kind = DecisionKind.Decline;
        decision.Reason = reason;
        decision.EarliestAt = earliestAt;
        decision.ReleaseAt = Instants.Never;
        decision.DueAt = decision.At;
    }
}
