using Grpc.Net.Client;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;

namespace Loyalty.Mesh.Tests.Interop;

/// <summary>The C# of the root README, word for word, so that it compiles.</summary>
internal static class ReadmeExample
{
    public static async Task RunAsync(string customerId)
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:8080");
        var attention = new AttentionService.AttentionServiceClient(channel);
        var answer = await attention.CheckAttentionAsync(
            new CheckAttentionRequest { CustomerId = customerId, Template = "thanks", Channel = Channel.Email },
            deadline: DateTime.UtcNow.AddSeconds(2));
        Console.WriteLine(answer.Decision); // send, defer (with earliest_at) or decline (with the reason), and one verdict per rule
    }
}
