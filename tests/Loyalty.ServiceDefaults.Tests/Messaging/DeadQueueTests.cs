using System.Reflection;
using Loyalty.ServiceDefaults.Messaging;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>The last stop of a message: whatever happens, it must not be sent round again.</summary>
public sealed class DeadQueueTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dead_message_waits_for_the_database_instead_of_going_back_into_the_queue()
    {
        await using var store = await TestDatabase.CreateAsync(Provider.Sqlite);
        await store.Database.WriteAsync(tx => tx.ExecuteAsync("ALTER TABLE inbox_failed RENAME TO elsewhere"), Ct);
        using var services = new ServiceCollection().BuildServiceProvider();
        var options = new MessagingOptions { AwayPauseMost = TimeSpan.FromMilliseconds(20) };
        var hearer = new Hearer(
            "communication", [], store.Database, new Heartbeats<ProbeModule>(), services.GetRequiredService<IServiceScopeFactory>(), options, NullLogger.Instance);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var queue = new HeardQueue(hearer, "customer", "communication-from-customer", new LocalDeliveries(), lifetime, options, NullLogger.Instance);

        var handling = new DeadQueue(hearer, queue).Send(Nothing.Of<ReceiveContext>(), null!); // it ends the pipeline
        await Should.ThrowAsync<TimeoutException>(() => handling.WaitAsync(TimeSpan.FromMilliseconds(200), Ct));
        await store.Database.WriteAsync(tx => tx.ExecuteAsync("ALTER TABLE elsewhere RENAME TO inbox_failed"), Ct);
        await handling.WaitAsync(TimeSpan.FromSeconds(15), Ct);

        (await store.Database.ReadAsync(s => s.QueryAsync<string>("SELECT reason FROM inbox_failed"), Ct)).ShouldBe(["redelivered too often"]);
    }
}

/// <summary>An interface that knows nothing: empty bytes, no headers, nulls.</summary>
public class Nothing : DispatchProxy
{
    public static T Of<T>()
        where T : class => Create<T, Nothing>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType; // there is always a method
        if (type == typeof(byte[]))
            return Array.Empty<byte>();
        if (type == typeof(Headers))
            return Of<Headers>();
        if (type == typeof(MessageBody))
            return Of<MessageBody>();
        return type.IsValueType && type != typeof(void) ? Activator.CreateInstance(type) : null;
    }
}
