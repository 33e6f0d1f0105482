using System.Text.RegularExpressions;
using Grpc.Core;
using Loyalty.Communications.Features;
using Loyalty.Communications.V1;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Refusals;

namespace Loyalty.Communications.Api;

/// <summary>Translates between the contract and the templates.</summary>
internal sealed partial class TemplateApi(CreateTemplate create, ApproveTemplate approve, GetTemplate get) : TemplateService.TemplateServiceBase
{
    public override async Task<CreateTemplateResponse> CreateTemplate(CreateTemplateRequest request, ServerCallContext context)
    {
        Check(request);
        return new CreateTemplateResponse { Template = await create.RunAsync(Caller.Of(context).Subject, request, context.CancellationToken) };
    }

    public override async Task<ApproveTemplateResponse> ApproveTemplate(ApproveTemplateRequest request, ServerCallContext context)
    {
        var check = new InputCheck();
        var name = check.Length("name", request.Name, 1, 64);
        var version = check.Range("version", request.Version, 1, int.MaxValue);
        check.ThrowIfAny();
        return new ApproveTemplateResponse { Template = await approve.RunAsync(Caller.Of(context).Subject, name, version, context.CancellationToken) };
    }

    public override async Task<GetTemplateResponse> GetTemplate(GetTemplateRequest request, ServerCallContext context)
    {
        var check = new InputCheck();
        var name = check.Length("name", request.Name, 1, 64);
        var version = check.Range("version", request.Version, 0, int.MaxValue);
        check.ThrowIfAny();
        return new GetTemplateResponse { Template = await get.RunAsync(name, version, context.CancellationToken) };
    }

    private static void Check(CreateTemplateRequest request)
    {
        var check = new InputCheck();
        check.Length("request_id", request.RequestId, 1, 64);
        if (request.Template is not { } template)
        {
            check.Violation("template", "is required");
            check.ThrowIfAny();
            return;
        }

        check.Matches("template.name", template.Name, Name(), "must be 1 to 64 characters of [a-z0-9_.-]");
        check.Enum("template.class", template.Class);
        check.Enum("template.intent", template.Intent);
        check.OptionalEnum("template.kind", template.Kind);
        if (template.Urgent && template.Class != MailingClass.Service)
            check.Violation("template.urgent", "is for SERVICE templates only");
        check.Range("template.highest_priority", template.HighestPriority, 0, 9);
        CheckVariables(check, template);
        check.Count("template.texts", template.Texts.Count, 1, 20);
        for (var i = 0; i < template.Texts.Count; i++)
            CheckText(check, $"template.texts[{i}]", template.Texts[i]);
        if (template.Texts.Select(t => t.Locale.ToUpperInvariant()).Distinct(StringComparer.Ordinal).Count() != template.Texts.Count)
            check.Violation("template.texts", "must have one text per locale");
        check.ThrowIfAny();
    }

    private static void CheckVariables(InputCheck check, Template template)
    {
        check.Count("template.variables", template.Variables.Count, 0, 50);
        for (var i = 0; i < template.Variables.Count; i++)
            check.Matches($"template.variables[{i}]", template.Variables[i], Variable(), "must be 1 to 64 letters, digits and underscores, beginning with a letter");
        if (template.Variables.Distinct(StringComparer.Ordinal).Count() != template.Variables.Count)
            check.Violation("template.variables", "must not repeat a name");
        for (var i = 0; i < template.SecretVariables.Count; i++)
        {
            if (!template.Variables.Contains(template.SecretVariables[i]))
                check.Violation($"template.secret_variables[{i}]", "must be one of variables");
        }
    }

    private static void CheckText(InputCheck check, string field, TemplateText text)
    {
        check.Locale($"{field}.locale", text.Locale);
        check.Length($"{field}.subject", text.Subject, 1, 200);
        if (text.Subject.AsSpan().ContainsAny('\r', '\n'))
            check.Violation($"{field}.subject", "must be one line");
        check.Length($"{field}.text", text.Text, 1, 64 * 1024);
        check.Length($"{field}.html", text.Html, 0, 256 * 1024);
    }

    [GeneratedRegex("^[a-z0-9_.-]{1,64}\\z", RegexOptions.None, 100)]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_]{0,63}\\z", RegexOptions.None, 100)]
    private static partial Regex Variable();
}
