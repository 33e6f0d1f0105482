using System.Collections.Concurrent;
using Grpc.Core;
using Loyalty.Customers.V1;
using Loyalty.Mesh.Tests.Deployments;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>SIGTERM under load: the process finishes what it began and forgets nothing that it answered.</summary>
public sealed class GracefulEndTests
{
    private const int Callers = 16;
    private const int CallsBeforeTheEnd = 400;

    [Fact]
    public async Task Finishes_what_it_began_when_it_is_asked_to_stop()
    {
        await using var deployment = await MeshDeployment.StartAsync();
        var answered = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var failures = new ConcurrentBag<RpcException>();
        var enough = new TaskCompletionSource();
        var callers = Enumerable.Range(0, Callers).Select(async caller =>
        {
            for (var call = 0; failures.IsEmpty; call++)
            {
                var request = new RegisterCustomerRequest { RequestId = $"{caller}/{call}", DisplayName = "Somebody" };
                try
                {
                    var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30);
                    answered[request.RequestId] = (await deployment.Clients.Customers.RegisterCustomerAsync(request, deadline: deadline)).Customer.CustomerId;
                    if (answered.Count >= CallsBeforeTheEnd)
                        enough.TrySetResult();
                }
                catch (RpcException refused)
                {
                    failures.Add(refused);
                }
            }
        }).ToList();

        await enough.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        deployment.Processes["mesh"].Terminate();
        await Task.WhenAll(callers);
        (await deployment.Processes["mesh"].WaitForExitAsync()).ShouldBe(0);

        failures.ShouldAllBe(refused => refused.StatusCode == StatusCode.Unavailable, "calls that came too late are told so, and no call is cut in the middle");
        await deployment.StartAgainAsync("mesh");
        foreach (var (requestId, customerId) in answered)
        {
            var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30)).WithWaitForReady(); // the channel is still resting after the refusals
            var repeat = await deployment.Clients.Customers.RegisterCustomerAsync(new RegisterCustomerRequest { RequestId = requestId, DisplayName = "Somebody" }, options);
            repeat.Customer.CustomerId.ShouldBe(customerId, "what was answered before the end stands after it");
        }
    }
}
