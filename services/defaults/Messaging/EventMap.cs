using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.ServiceDefaults.Messaging;

/// <summary>Which events one service hears, and from whom: <c>events.From("customer").On&lt;ConsentChanged, HearConsentChanged&gt;()</c>.</summary>
public sealed class EventMap
{
    private readonly List<HeardEvent> heard = [];
    private string? source;

    internal IReadOnlyList<HeardEvent> Heard => heard;

    /// <summary>By convention the heartbeat of a service stands in the same file as its events and is called so.</summary>
    internal static MessageDescriptor? HeartbeatOf(HeardEvent heard) =>
        heard.Descriptor.File.MessageTypes.FirstOrDefault(type => type.Name.EndsWith("Heartbeat", StringComparison.Ordinal));

    /// <summary>The following events are said by this service. Its heartbeat comes with them.</summary>
    public EventMap From(string service)
    {
        source = service;
        return this;
    }

    /// <summary>
    /// Hands each event of this type to the handler, which is built per event with its dependencies injected. The handler's class name is
    /// its name in the inbox: renaming it makes events that are redelivered just then count as new.
    /// </summary>
    public EventMap On<TEvent, THandler>()
        where TEvent : class, IMessage, new()
        where THandler : class, IHandle<TEvent>
    {
        var from = source ?? throw new InvalidOperationException("say From(service) first");
        var consumer = typeof(THandler).Name;
        if (heard.Any(e => string.Equals(e.Consumer, consumer, StringComparison.Ordinal) && e.Descriptor.ClrType == typeof(TEvent)))
            throw new InvalidOperationException($"{consumer} hears {typeof(TEvent).Name} twice");
        heard.Add(new HeardEvent(
            from,
            new TEvent().Descriptor,
            consumer,
            typeof(THandler),
            (services, message, inbox, ct) => ((IHandle<TEvent>)services.GetRequiredService(typeof(THandler))).HandleAsync((TEvent)message, inbox, ct)));
        return this;
    }
}

/// <summary>One event type from one service and the handler that hears it.</summary>
internal sealed record HeardEvent(
    string Source,
    MessageDescriptor Descriptor,
    string Consumer,
    Type Handler,
    Func<IServiceProvider, IMessage, Inbox, CancellationToken, Task> HandleAsync);
