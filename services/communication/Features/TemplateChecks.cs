using Loyalty.Communications.Delivery;
using Loyalty.Communications.Storage;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Storage;
using Template = Loyalty.Communications.V1.Template;

namespace Loyalty.Communications.Features;

/// <summary>What a mailing owes its template.</summary>
internal static class TemplateChecks
{
    /// <summary>The newest approved version, with everything that it asks of the mailing there.</summary>
    /// <exception cref="Refusal">TEMPLATE_UNKNOWN, TEMPLATE_NOT_APPROVED or INVALID_FIELD.</exception>
    public static async Task<Template> ApprovedAsync(TemplateStore templates, Session session, MailingDraft draft)
    {
        var template = await ApprovedAsync(templates, session, draft.Template);
        var check = new InputCheck();
        foreach (var missing in template.Variables.Where(v => !draft.Variables.ContainsKey(v)))
            check.Violation($"variables[{missing}]", "is required by the template");
        foreach (var unasked in draft.Variables.Keys.Where(v => !template.Variables.Contains(v)))
            check.Violation($"variables[{unasked}]", "is not declared by the template");
        if (draft.Priority > template.HighestPriority)
            check.Violation("priority", $"must be at most {template.HighestPriority}, the template's highest");
        if (draft.Direct is { } direct)
        {
            if (template.Class != V1.MailingClass.Transactional)
                check.Violation("direct", "is for TRANSACTIONAL templates only");
            if (Mailbox.FaultOf(direct.Address) is { } fault)
                check.Violation("direct.address", fault);
        }

        check.ThrowIfAny();
        return template;
    }

    public static async Task<Template> ApprovedAsync(TemplateStore templates, Session session, string name)
    {
        if (await templates.FindAsync(session, name, version: 0) is { } approved)
            return approved;
        if (await templates.FindAsync(session, name, version: 1) is not null)
            throw new Refusal(RefusalKind.FailedPrecondition, "TEMPLATE_NOT_APPROVED", $"No version of template {name} is approved.");
        throw Refusal.NotFound("TEMPLATE_UNKNOWN", $"There is no template {name}.");
    }
}
