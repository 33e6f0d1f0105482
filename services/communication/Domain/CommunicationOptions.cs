namespace Loyalty.Communications.Domain;

/// <summary>The settings of the service (<c>Communication__...</c>); read and checked at start by the module.</summary>
internal sealed record CommunicationOptions
{
    /// <summary>The policy of the gate, JSON with comments; without it the defaults count.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>Whether this process dispatches; off for one that only answers calls.</summary>
    public bool Dispatch { get; init; } = true;

    /// <summary>Tasks that claim and decide; 1 to 8. Two to four are enough.</summary>
    public int Dispatchers { get; init; } = 2;

    /// <summary>People per claim; 1 to 1000. 100 measured twenty times 1 and as much as 500.</summary>
    public int BatchPeople { get; init; } = 100;

    /// <summary>Mailings that become HANDED in one transaction; 1 to 100. What a killed process had HANDED is lost for at-most-once classes.</summary>
    public int HandOverBatch { get; init; } = 20;

    /// <summary>How often the due list is asked when nothing wakes the dispatcher; 10 ms to 1 min. Real time.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How often the sweep looks for what was left behind; 100 ms to 5 min. Real time.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause after the first temporary refusal, doubled by each further one; 1 s to 1 h.</summary>
    public TimeSpan BackoffFirst { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest such pause; up to 1 d.</summary>
    public TimeSpan BackoffLongest { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far this machine's clock may be from the database's before it stops dispatching; 1 s to 10 s.</summary>
    public TimeSpan ClockTolerance { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How old a dry run's copy of a person may be; 0 to 60 s of business time, and of real time.</summary>
    public TimeSpan DryRunCache { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Mails per second over all replicas; 0.01 to 100000, or nothing for no limit.</summary>
    public double? MailsPerSecond { get; init; }

    /// <summary>Replicas that share <see cref="MailsPerSecond"/> when there is no Redis; 1 to 1000.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>The domain in every Message-ID; never change it while mailings wait.</summary>
    public string MessageIdDomain { get; init; } = "loyalty.invalid";

    /// <summary>How long ended mailings and decisions are kept; 1 d to 10 y.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Tests only, loopback only: the step at which this process kills itself ("after_commit") or stalls ("after_commit:stall").</summary>
    public string StopAt { get; init; } = "";
}
