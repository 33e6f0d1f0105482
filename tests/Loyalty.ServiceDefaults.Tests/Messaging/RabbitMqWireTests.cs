using System.Diagnostics;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.ServiceDefaults.Tests.Storage;
using Loyalty.TestKit;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>What any AMQP client sees, and what it can do to us.</summary>
public sealed class RabbitMqWireTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly TempFolder folder = new("wire");
    private VhostLease vhost = null!; // these are set in InitializeAsync
    private IConnection connection = null!;
    private IChannel channel = null!;
    private Dictionary<string, string?> settings = null!;

    public async ValueTask InitializeAsync()
    {
        vhost = await SharedServers.TakeVhostAsync("wire", Ct);
        await Wire.DeleteQueuesAsync(vhost.Address);
        connection = await Wire.ConnectAsync(vhost.Address);
        channel = await connection.CreateChannelAsync(cancellationToken: Ct);
        settings = await MessagingHost.SettingsAsync(Provider.Sqlite, folder, vhost.Address, "customer", "communication", "recognition");
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
        vhost.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Any_client_reads_an_event_with_the_proto_alone()
    {
        const string Exchange = "loyalty.customer.v1.CustomerRegistered";
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
        var queue = (await channel.QueueDeclareAsync(cancellationToken: Ct)).QueueName;
        await channel.QueueBindAsync(queue, Exchange, "", cancellationToken: Ct);
        await using var host = await MessagingHost.StartAsync(settings, [new ProbeModule()]);
        var said = new CustomerRegistered { CustomerId = $"{Guid.NewGuid()}", Revision = 3, RegisteredAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow) };
        using var call = new Activity("call").Start();
        await host.SayAsync(said);
        call.Stop();

        var message = (await Eventually.ReachesAsync(() => channel.BasicGetAsync(queue, autoAck: true, Ct), got => got is not null)).ShouldNotBeNull();
        CustomerRegistered.Parser.ParseFrom(message.Body.Span).ShouldBe(said);
        message.BasicProperties.ContentType.ShouldBe("application/vnd.masstransit+protobuf");
        message.BasicProperties.DeliveryMode.ShouldBe(DeliveryModes.Persistent);
        Guid.TryParse(message.BasicProperties.MessageId, out _).ShouldBeTrue();
        var headers = message.BasicProperties.Headers.ShouldNotBeNull();
        Text(headers["MT-MessageType"]).ShouldBe("loyalty.customer.v1.CustomerRegistered");
        Text(headers["Loyalty-Source"]).ShouldBe("customer");
        Text(headers["traceparent"]).ShouldContain(call.TraceId.ToString());
        headers["Loyalty-Said-At"].ShouldBeOfType<long>();
    }

    [Fact]
    public async Task Two_replicas_share_one_outbox_and_publish_each_event_once()
    {
        const string Exchange = "loyalty.customer.v1.CustomerRegistered";
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Fanout, durable: true, cancellationToken: Ct);
        var queue = (await channel.QueueDeclareAsync(cancellationToken: Ct)).QueueName;
        await channel.QueueBindAsync(queue, Exchange, "", cancellationToken: Ct);
        settings = await MessagingHost.SettingsAsync(Provider.Postgres, folder, vhost.Address, "customer");
        settings["Bus:RelayBatch"] = "10";
        await using var one = await MessagingHost.StartAsync(settings, [new ProbeModule()]);
        await using var two = await MessagingHost.StartAsync(settings, [new ProbeModule()]);
        var ids = Enumerable.Range(0, 600).Select(i => $"{i:000}").ToList();
        foreach (var part in ids.Chunk(20))
        {
            await one.SayAsync([.. part[..10].Select(id => new CustomerRegistered { CustomerId = id })]);
            await two.SayAsync([.. part[10..].Select(id => new CustomerRegistered { CustomerId = id })]);
        }

        await Eventually.TrueAsync(async () => await one.CountAsync("customer", "outbox WHERE type NOT LIKE '%Heartbeat'") == 0);
        var published = new List<string>();
        while (await channel.BasicGetAsync(queue, autoAck: true, Ct) is { } got)
            published.Add(CustomerRegistered.Parser.ParseFrom(got.Body.Span).CustomerId);
        published.Order(StringComparer.Ordinal).ShouldBe(ids);
    }

    [Fact]
    public async Task Only_concrete_event_types_become_exchanges_and_only_what_is_heard_is_bound()
    {
        await using (var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]))
        {
            var id = $"{Guid.NewGuid()}";
            await host.SayAsync(new CustomerRegistered { CustomerId = id });
            await Eventually.TrueAsync(async () => (await host.EffectsAsync("communication", "communication")).Contains(id));
        }

        foreach (var there in new[] { "loyalty.customer.v1.CustomerRegistered", "loyalty.customer.v1.ConsentChanged", "loyalty.customer.v1.CustomerHeartbeat", "communication-from-customer" })
            (await ExistsAsync(c => c.ExchangeDeclarePassiveAsync(there, Ct))).ShouldBeTrue(there);
        foreach (var not in new[] { "Google.Protobuf:IMessage", "Google.Protobuf:IBufferMessage", "Loyalty.Customers.V1:CustomerRegistered", "MassTransit:Fault", "Loyalty.ServiceDefaults.Messaging:Envelope" })
            (await ExistsAsync(c => c.ExchangeDeclarePassiveAsync(not, Ct))).ShouldBeFalse(not);
        foreach (var not in new[] { "communication-from-customer_error", "communication-from-customer_skipped" })
            (await ExistsAsync(async c => await c.QueueDeclarePassiveAsync(not, Ct))).ShouldBeFalse(not);
    }

    [Fact]
    public async Task A_message_of_an_unknown_type_or_without_headers_is_kept_and_harms_nothing()
    {
        await using var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]);
        await Eventually.TrueAsync(async () => await ExistsAsync(async c => await c.QueueDeclarePassiveAsync("communication-from-customer", Ct)));
        byte[] body = [1, 2, 3];
        for (var i = 0; i < 2; i++)
            await channel.BasicPublishAsync("", "communication-from-customer", body, Ct); // twice: the same bytes are the same message
        var id = $"{Guid.NewGuid()}";
        await host.SayAsync(new CustomerRegistered { CustomerId = id });
        await Eventually.TrueAsync(async () => (await host.EffectsAsync("communication", "communication")).Contains(id));
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_failed") == 1);
        await Eventually.TrueAsync(async () => await channel.MessageCountAsync("communication-from-customer", Ct) == 0);
    }

    [Fact]
    public async Task A_message_whose_headers_no_database_could_keep_is_kept_without_them_and_harms_nothing()
    {
        settings = await MessagingHost.SettingsAsync(Provider.Postgres, folder, vhost.Address, "customer", "communication");
        await using var host = await MessagingHost.StartAsync(settings, [new ProbeModule(), new CommunicationProbe()]);
        var properties = new BasicProperties
        {
            MessageId = "no UUID",
            ContentType = "text/none\0",
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["MT-MessageType"] = "a\0b",
                ["traceparent"] = "\0",
                ["Loyalty-Said-At"] = long.MinValue,
                ["Loyalty-Written-At"] = "yesterday",
            },
        };
        await channel.BasicPublishAsync("", "communication-from-customer", mandatory: true, properties, new byte[] { 1, 2, 3 }, Ct);
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_failed WHERE type LIKE 'a_b'") == 1);
        await Eventually.TrueAsync(async () => await channel.MessageCountAsync("communication-from-customer", Ct) == 0);
    }

    [Fact]
    public async Task What_a_quorum_queue_has_redelivered_too_often_is_listed_with_the_failed_and_can_be_replayed()
    {
        settings["Bus:QueueType"] = "quorum";
        settings["Bus:DeliveryLimit"] = "10";
        var hearer = new Dictionary<string, string?>(settings, StringComparer.Ordinal);
        await (await MessagingHost.StartAsync(hearer, [new CommunicationProbe()])).DisposeAsync(); // declares the queues
        await Eventually.TrueAsync(async () => await ExistsAsync(async c => await c.QueueDeclarePassiveAsync("communication-from-customer", Ct)));
        var id = $"{Guid.NewGuid()}";
        await using (var sayer = await MessagingHost.StartAsync(settings, [new ProbeModule()]))
        {
            await sayer.SayAsync(new CustomerRegistered { CustomerId = id });
            await Eventually.TrueAsync(async () => await sayer.CountAsync("customer", "outbox WHERE type NOT LIKE '%Heartbeat'") == 0);
        }

        // Somebody takes it and dies, again and again.
        await Eventually.TrueAsync(async () =>
        {
            while (await channel.BasicGetAsync("communication-from-customer", autoAck: false, Ct) is { } got)
                await channel.BasicNackAsync(got.DeliveryTag, multiple: false, requeue: true, Ct);
            return await channel.MessageCountAsync("communication-from-customer-dead", Ct) > 0;
        });
        await using var host = await MessagingHost.StartAsync(hearer, [new CommunicationProbe()]);
        await Eventually.TrueAsync(async () => await host.CountAsync("communication", "inbox_failed WHERE reason = 'redelivered too often' AND type LIKE '%CustomerRegistered'") == 1);
        await ServiceDefaults.Messaging.FailedEvents.ReplayAsync(host.DatabaseOf("communication"), null, Ct);
        await Eventually.TrueAsync(async () => (await host.EffectsAsync("communication", "communication")).Contains(id));
    }

    private async Task<bool> ExistsAsync(Func<IChannel, Task> look)
    {
        await using var own = await connection.CreateChannelAsync(cancellationToken: Ct); // a miss closes the channel
        try
        {
            await look(own);
            return true;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    private static string Text(object? header) => header is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";
}
