using Loyalty.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>The settings <c>Bus__*</c>. All times are real time.</summary>
public sealed class MessagingOptions
{
    /// <summary>"classic" (durable, for one broker) or "quorum" (replicated, for a cluster).</summary>
    public string QueueType { get; init; } = "classic";

    /// <summary>Redeliveries of one message by a quorum queue before it goes to the dead-letter target; 10 to 100,000. Far above what restarts cause.</summary>
    public int DeliveryLimit { get; init; } = 1000;

    /// <summary>Messages that one queue hands out ahead; 1 to 10,000.</summary>
    public ushort Prefetch { get; init; } = 64;

    /// <summary>Events that one queue's hearer handles at a time; 1 to 1,000.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Outbox rows published together; 1 to 5,000.</summary>
    public int RelayBatch { get; init; } = 500;

    /// <summary>How often the relay looks when nothing wakes it; 10 ms to 1 min.</summary>
    public TimeSpan RelayPoll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a batch waits for the broker's confirms before it is published again; 100 ms to 5 min.</summary>
    public TimeSpan PublishTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest pause between attempts to reach a broker or a database that is away; 10 ms to 5 min.</summary>
    public TimeSpan AwayPauseMost { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a handler may take before its event is parked; 100 ms to 10 min.</summary>
    public TimeSpan HandlerTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an event is parked after its first failure; three times as long after each further one. 1 ms to 1 h.</summary>
    public TimeSpan ParkDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that an event is parked at a time; 1 ms to 7 days.</summary>
    public TimeSpan ParkDelayMost { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How often an event is tried in all before it rests in inbox_failed; 1 to 100. The default takes about a day and a half.</summary>
    public int ParkTries { get; init; } = 12;

    /// <summary>How often parked events are looked for; 10 ms to 1 min.</summary>
    public TimeSpan ParkPoll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the inbox remembers what was handled; 1 h to 90 days. Longer than any redelivery takes.</summary>
    public TimeSpan InboxKept { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How often each service says its heartbeat; 50 ms to 1 min.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Reads the section <c>Bus</c>.</summary>
    /// <exception cref="SettingFault">A value is out of its range or none at all.</exception>
    public static MessagingOptions From(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        var defaults = new MessagingOptions();
        var options = new MessagingOptions
        {
            QueueType = reader.Choice("Bus:QueueType", defaults.QueueType, "classic", "quorum"),
            DeliveryLimit = reader.Number("Bus:DeliveryLimit", defaults.DeliveryLimit, 10, 100_000),
            Prefetch = (ushort)reader.Number("Bus:Prefetch", defaults.Prefetch, 1, 10_000),
            Concurrency = reader.Number("Bus:Concurrency", defaults.Concurrency, 1, 1000),
            RelayBatch = reader.Number("Bus:RelayBatch", defaults.RelayBatch, 1, 5000),
            ParkTries = reader.Number("Bus:ParkTries", defaults.ParkTries, 1, 100),
            RelayPoll = reader.Span("Bus:RelayPoll", defaults.RelayPoll, Milliseconds(10), TimeSpan.FromMinutes(1)),
            PublishTimeout = reader.Span("Bus:PublishTimeout", defaults.PublishTimeout, Milliseconds(100), TimeSpan.FromMinutes(5)),
            AwayPauseMost = reader.Span("Bus:AwayPauseMost", defaults.AwayPauseMost, Milliseconds(10), TimeSpan.FromMinutes(5)),
            HandlerTimeout = reader.Span("Bus:HandlerTimeout", defaults.HandlerTimeout, Milliseconds(100), TimeSpan.FromMinutes(10)),
            ParkDelay = reader.Span("Bus:ParkDelay", defaults.ParkDelay, Milliseconds(1), TimeSpan.FromHours(1)),
            ParkDelayMost = reader.Span("Bus:ParkDelayMost", defaults.ParkDelayMost, Milliseconds(1), TimeSpan.FromDays(7)),
            ParkPoll = reader.Span("Bus:ParkPoll", defaults.ParkPoll, Milliseconds(10), TimeSpan.FromMinutes(1)),
            InboxKept = reader.Span("Bus:InboxKept", defaults.InboxKept, TimeSpan.FromHours(1), TimeSpan.FromDays(90)),
            HeartbeatEvery = reader.Span("Bus:HeartbeatEvery", defaults.HeartbeatEvery, Milliseconds(50), TimeSpan.FromMinutes(1)),
        };
        reader.ThrowIfAny();
        return options;
    }

    /// <summary>The pause after so many failed tries.</summary>
    internal TimeSpan DelayAfter(int attempts) =>
        TimeSpan.FromTicks((long)Math.Min(ParkDelay.Ticks * Math.Pow(3, Math.Max(0, attempts - 1)), ParkDelayMost.Ticks));

    private static TimeSpan Milliseconds(int n) => TimeSpan.FromMilliseconds(n);
}
