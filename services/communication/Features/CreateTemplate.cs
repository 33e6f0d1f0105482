using Loyalty.Communications.Storage;
using Loyalty.Communications.Templates;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features;

/// <summary>Makes a new version of a template. Every text is tried before it is kept, so that none fails on the way to a person.</summary>
internal sealed class CreateTemplate(Database database, LookupHash<CommunicationsModule> hashes, TemplateStore templates)
{
    public async Task<Template> RunAsync(string caller, CreateTemplateRequest request, CancellationToken cancellationToken)
    {
        Try(request.Template);
        return await database.WriteAsync(
            async tx =>
            {
                var now = await tx.NowAsync();
                const string Method = "CreateTemplate";
                if (await RequestIds.FirstAsync(tx, hashes, caller, Method, request.RequestId, request, now) is { } before)
                    return await templates.FindAsync(tx, request.Template.Name, VersionOf(before)) ?? throw new InvalidOperationException("templates are never deleted");
                var template = request.Template.Clone();
                (template.Version, template.Approved) = (0, false);
                template.Version = await TemplateStore.AddAsync(tx, template, caller, Instant.Of(now));
                await RequestIds.KeepAsync(tx, caller, Method, request.RequestId, IdOf(template.Version));
                return template;
            },
            cancellationToken);
    }

    private static void Try(Template template)
    {
        var check = new InputCheck();
        for (var i = 0; i < template.Texts.Count; i++)
        {
            try
            {
                MailTexts.Check(template.Texts[i], template.Variables);
            }
            catch (TemplateFaultException e)
            {
                check.Violation($"template.texts[{i}]", e.Message);
            }
        }

        check.ThrowIfAny();
    }

    // A request_id remembers an id of what was created; a template's is its version.
    private static Guid IdOf(int version) => new(version, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static int VersionOf(Guid id) => BitConverter.ToInt32(id.ToByteArray());
}
