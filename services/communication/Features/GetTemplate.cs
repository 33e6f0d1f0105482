using Loyalty.Communications.Storage;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Communications.Features;

/// <summary>Reads one version of a template, or the newest approved one.</summary>
internal sealed class GetTemplate(Database database, TemplateStore templates)
{
    /// <param name="name">The template's name.</param>
    /// <param name="version">0: the newest approved one.</param>
    public async Task<Template> RunAsync(string name, int version, CancellationToken cancellationToken) =>
        await database.ReadAsync(session => templates.FindAsync(session, name, version), cancellationToken)
        ?? throw Refusal.NotFound("TEMPLATE_UNKNOWN", version == 0 ? $"There is no approved template {name}." : $"There is no version {version} of a template {name}.");
}
