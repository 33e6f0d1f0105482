using Google.Protobuf;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>
/// Acts on one event. It comes at least once, late and in any order: calls to other services come first, then all writes in one
/// <see cref="Inbox.OnceAsync"/>, which does nothing when the event was handled before. What it throws parks the event for a later try.
/// </summary>
/// <typeparam name="TEvent">A generated protobuf event.</typeparam>
public interface IHandle<in TEvent>
    where TEvent : class, IMessage
{
    Task HandleAsync(TEvent message, Inbox inbox, CancellationToken cancellationToken);
}
