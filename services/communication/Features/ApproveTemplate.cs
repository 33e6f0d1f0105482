using Loyalty.Communications.Storage;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Approves a version; approving again changes nothing.</summary>
internal sealed class ApproveTemplate(Database database)
{
    public Task<Template> RunAsync(string caller, string name, int version, CancellationToken cancellationToken) => database.WriteAsync(
        async tx =>
        {
            if (!await TemplateStore.ApproveAsync(tx, name, version, caller, Instant.Of(await tx.NowAsync())))
                throw Refusal.NotFound("TEMPLATE_UNKNOWN", $"There is no version {version} of a template {name}.");
            return await TemplateStore.FindUncommittedAsync(tx, name, version) ?? throw new InvalidOperationException("templates are never deleted");
        },
        cancellationToken);
}
