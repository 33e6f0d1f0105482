using RabbitMQ.Client;

namespace Loyalty.ServiceDefaults.Tests.Messaging;

/// <summary>RabbitMQ without MassTransit, as any other client sees it.</summary>
internal static class Wire
{
    private static readonly string[] Queues = ["communication-from-customer", "recognition-from-customer"];

    public static async Task<IConnection> ConnectAsync(Uri address) => await new ConnectionFactory { Uri = address }.CreateConnectionAsync();

    /// <summary>An offered virtual host may hold what an earlier test left.</summary>
    public static async Task DeleteQueuesAsync(Uri address)
    {
        await using var connection = await ConnectAsync(address);
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in Queues)
        {
            await channel.QueueDeleteAsync(queue);
            await channel.QueueDeleteAsync(queue + "-dead");
        }
    }
}
