using Google.Protobuf;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>What a handler knows about the event at hand, and its only way to write.</summary>
public sealed class Inbox
{
    private readonly Database database;
    private readonly Envelope envelope;
    private readonly string consumer;
    private readonly bool parked;
    private readonly List<(IMessage Entry, string Reason)> badEntries = [];

    internal Inbox(Database database, Envelope envelope, string consumer, bool parked)
    {
        this.database = database;
        this.envelope = envelope;
        this.consumer = consumer;
        this.parked = parked;
    }

    /// <summary>The same at every redelivery.</summary>
    public Guid MessageId => envelope.MessageId;

    /// <summary>Business time of the transaction that said it, by the sayer's clock.</summary>
    public DateTimeOffset SaidAt => Instant.From(envelope.SaidAt);

    /// <summary>The service that said it.</summary>
    public string Source => envelope.Source;

    internal bool Done { get; private set; }

    internal bool HasBadEntries => badEntries.Count > 0;

    /// <summary>
    /// Runs the act in one transaction of the hearing service, together with the note that this event was handled. False: it was handled
    /// before, and nothing was done. At most once per event and handler.
    /// </summary>
    public async Task<bool> OnceAsync(Func<Transaction, Task> act, CancellationToken cancellationToken)
    {
        if (Done)
            throw new InvalidOperationException("OnceAsync was called before for this event");
        var parkedBefore = badEntries.Count;
        var first = await database.WriteAsync(
            async transaction =>
            {
                badEntries.RemoveRange(parkedBefore, badEntries.Count - parkedBefore); // the act may run again
                if (parked)
                    await InboxTables.UnparkAsync(transaction, consumer, MessageId);
                if (!await InboxTables.NoteAsync(transaction, consumer, MessageId))
                    return false;
                await act(transaction);
                foreach (var (entry, reason) in badEntries)
                    await InboxTables.ParkAsync(transaction, envelope.With(entry), consumer, entry, attempts: 1, reason, TimeSpan.Zero);
                return true;
            },
            cancellationToken);
        Done = true;
        return first;
    }

    /// <summary>
    /// Parks one bad entry of a batch and lets the others through: an event of the same type that holds this entry alone. It is written
    /// with <see cref="OnceAsync"/>, or after the handler when that is not called, and comes again later as an event of its own.
    /// </summary>
    public void Park(IMessage entryOnly, Exception why) => badEntries.Add((entryOnly, InboxTables.Reason(why)));
}
