using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Hosting;

namespace Loyalty.Communications.Features;

/// <summary>Before anything is served: the shipped templates are there, and the text of the policy in force is kept by its version.</summary>
internal sealed class PrepareDatabase(Database database, PolicyInForce policy) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => database.WriteAsync(
        async tx =>
        {
            var now = Instant.Of(await tx.NowAsync());
            await TemplateStore.ShipAsync(tx, now);
            await tx.ExecuteAsync(
                "INSERT INTO policies (version, text, first_used_at) VALUES (@Version, @Text, @now) ON CONFLICT (version) DO NOTHING",
                new { policy.Policy.Version, policy.Policy.Text, now });
        },
        cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
