using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Recognitions.V1;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Tests.Storage;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>What the handlers of a test do before they write.</summary>
public sealed class Behaviour
{
    public Func<string, IMessage, Inbox, Task> Before { get; set; } = (_, _, _) => Task.CompletedTask;

    public ConcurrentQueue<string?> Traces { get; } = new();
}

/// <summary>Hears registrations and consents.</summary>
public sealed class CommunicationProbe : ProbeModule
{
    public override string Name => "communication";

    public override void Hear(EventMap events) => events
        .From("customer").On<CustomerRegistered, HearForCommunication>().On<ConsentChanged, HearConsentTwice>().On<ConsentChanged, HearForCommunication>();

    public override IMessage Heartbeat(DateTimeOffset now) => new CommunicationHeartbeat { SaidAt = now.ToTimestamp() };
}

/// <summary>Hears registrations, and batches of facts that in these tests the customer service says.</summary>
public sealed class RecognitionProbe : ProbeModule
{
    public override string Name => "recognition";

    public override void Hear(EventMap events) => events
        .From("customer").On<CustomerRegistered, HearForRecognition>().On<InteractionsRecorded, HearBatch>();

    public override IMessage Heartbeat(DateTimeOffset now) => new RecognitionHeartbeat { SaidAt = now.ToTimestamp() };
}

public abstract class Hear(string name, Behaviour behaviour)
{
    protected async Task ActAsync(IMessage message, string key, Inbox inbox, CancellationToken ct)
    {
        behaviour.Traces.Enqueue(Activity.Current?.TraceId.ToString());
        await behaviour.Before(name, message, inbox);
        await inbox.OnceAsync(tx => tx.ExecuteAsync("INSERT INTO effects (consumer, event) VALUES (@name, @key)", new { name, key }), ct);
    }
}

public sealed class HearForCommunication(Behaviour behaviour) : Hear("communication", behaviour), IHandle<CustomerRegistered>, IHandle<ConsentChanged>
{
    public Task HandleAsync(CustomerRegistered message, Inbox inbox, CancellationToken cancellationToken) => ActAsync(message, message.CustomerId, inbox, cancellationToken);

    public Task HandleAsync(ConsentChanged message, Inbox inbox, CancellationToken cancellationToken) => ActAsync(message, message.CustomerId, inbox, cancellationToken);
}

public sealed class HearConsentTwice(Behaviour behaviour) : Hear("second", behaviour), IHandle<ConsentChanged>
{
    public Task HandleAsync(ConsentChanged message, Inbox inbox, CancellationToken cancellationToken) => ActAsync(message, message.CustomerId, inbox, cancellationToken);
}

public sealed class HearForRecognition(Behaviour behaviour) : Hear("recognition", behaviour), IHandle<CustomerRegistered>
{
    public Task HandleAsync(CustomerRegistered message, Inbox inbox, CancellationToken cancellationToken) => ActAsync(message, message.CustomerId, inbox, cancellationToken);
}

public sealed class HearBatch(Behaviour behaviour) : IHandle<InteractionsRecorded>
{
    public async Task HandleAsync(InteractionsRecorded message, Inbox inbox, CancellationToken cancellationToken)
    {
        var good = new List<string>();
        foreach (var entry in message.Entries)
        {
            try
            {
                await behaviour.Before("batch", new InteractionsRecorded { Entries = { entry } }, inbox);
                good.Add(entry.InteractionId);
            }
            catch (FormatException e)
            {
                inbox.Park(new InteractionsRecorded { Entries = { entry } }, e);
            }
        }

        if (good.Count == 0)
            return; // OnceAsync is not called: what was parked is written all the same
        await inbox.OnceAsync(
            async tx =>
            {
                foreach (var key in good)
                    await tx.ExecuteAsync("INSERT INTO effects (consumer, event) VALUES ('batch', @key)", new { key });
            },
            cancellationToken);
    }
}
