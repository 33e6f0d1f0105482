using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Loyalty.Benchmarks.Load;

/// <summary>RabbitMQ's own client: persistent messages with confirms into a durable queue, and out of it with acks.</summary>
internal static class RabbitLoad
{
    private const int Unconfirmed = 500; // as many as the relay publishes together
    private const ushort Prefetch = 64;

    /// <summary>Answers the messages per second, from the first publish to the last ack.</summary>
    public static async Task<double> RunAsync(Uri broker, byte[] body, int messages, CancellationToken cancellationToken)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(cancellationToken);
        await using var consuming = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await using var publishing = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        var queue = (await consuming.QueueDeclareAsync($"bench-{Guid.NewGuid():N}", durable: true, exclusive: false, autoDelete: true, cancellationToken: cancellationToken)).QueueName;
        await consuming.BasicQosAsync(0, Prefetch, global: false, cancellationToken);

        var (left, done) = (messages, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var consumer = new AsyncEventingBasicConsumer(consuming);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            await consuming.BasicAckAsync(delivery.DeliveryTag, multiple: false, cancellationToken);
            if (Interlocked.Decrement(ref left) == 0)
                done.TrySetResult();
        };
        await consuming.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);

        var persistent = new BasicProperties { Persistent = true };
        var start = Stopwatch.GetTimestamp();
        foreach (var part in Enumerable.Range(0, messages).Chunk(Unconfirmed))
        {
            var confirms = part.Select(_ => publishing.BasicPublishAsync("", queue, mandatory: true, persistent, body, cancellationToken).AsTask());
            await Task.WhenAll(confirms);
        }

        await done.Task.WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
        return messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
