using System.Collections.Concurrent;
using Google.Protobuf;
using Loyalty.ServiceDefaults.Messaging;

namespace Loyalty.TestKit;

/// <summary>Hears events for a test: register it as a singleton in a module of the test's own and hear with <see cref="EarHandler{TEvent}"/>.</summary>
public sealed class EventEar
{
    private readonly ConcurrentQueue<(Guid Id, IMessage Event)> heard = new();

    /// <summary>The events of one type, each once, in the order in which they came.</summary>
    public IReadOnlyList<TEvent> Of<TEvent>()
        where TEvent : IMessage =>
        [.. heard.DistinctBy(entry => entry.Id).Select(entry => entry.Event).OfType<TEvent>()];

    internal void Hear(Guid id, IMessage message) => heard.Enqueue((id, message));
}

/// <summary>Puts what it hears into the host's <see cref="EventEar"/>.</summary>
public sealed class EarHandler<TEvent>(EventEar ear) : IHandle<TEvent>
    where TEvent : class, IMessage
{
    /// <inheritdoc />
    public async Task HandleAsync(TEvent message, Inbox inbox, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        if (await inbox.OnceAsync(_ => Task.CompletedTask, cancellationToken))
            ear.Hear(inbox.MessageId, message);
    }
}
