using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>How the stories make their people and templates: through the same calls as everybody.</summary>
internal static class People
{
    public static string NewId() => Guid.CreateVersion7().ToString("D");

    /// <summary>A card number that nobody had before: sixteen digits with a valid check digit.</summary>
    public static string NewCard()
    {
        Span<char> digits = stackalloc char[16];
        digits[0] = '9';
        for (var i = 1; i < 15; i++)
            digits[i] = (char)('0' + Random.Shared.Next(10));
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var doubled = (digits[i] - '0') * (i % 2 == 0 ? 2 : 1);
            sum += doubled > 9 ? doubled - 9 : doubled;
        }

        digits[15] = (char)('0' + ((10 - (sum % 10)) % 10));
        return new string(digits);
    }

    public static async Task<Customer> RegisterAsync(Stage stage, string name, params Identifier[] identifiers)
    {
        var request = new RegisterCustomerRequest
        {
            RequestId = NewId(),
            DisplayName = name,
            Locale = "en-GB",
            Country = "PL",
            TimeZone = "Europe/Warsaw",
        };
        request.Identifiers.AddRange(identifiers);
        return (await stage.Clients.Customers.RegisterCustomerAsync(request, stage.Call)).Customer;
    }

    public static Identifier Card(string number) => new() { Kind = IdentifierKind.Card, Value = number };

    public static Identifier Email(string name) => new() { Kind = IdentifierKind.Email, Value = $"{name}.{NewId()[^12..]}@example.com" };

    public static async Task ConsentAsync(Stage stage, string customerId, Purpose purpose)
    {
        await stage.Clients.Preferences.SetConsentAsync(
            new SetConsentRequest
            {
                RequestId = NewId(),
                CustomerId = customerId,
                Purpose = purpose,
                Channel = Channel.Email,
                Given = true,
                SaidAt = stage.Now.ToTimestamp(),
                Evidence = "told at the till, wording of 2026",
            },
            stage.Call);
    }

    /// <summary>Makes and approves a template that belongs to this story alone.</summary>
    public static async Task<string> TemplateAsync(Stage stage, string name, MailingClass mailingClass, MailingIntent intent, string subject, string text)
    {
        var template = new Template { Name = $"{name}-{NewId()[^12..]}", Class = mailingClass, Intent = intent };
        template.Texts.Add(new TemplateText { Locale = "en", Subject = subject, Text = text });
        var made = (await stage.Clients.Templates.CreateTemplateAsync(new CreateTemplateRequest { RequestId = NewId(), Template = template }, stage.Call)).Template;
        await stage.Clients.Templates.ApproveTemplateAsync(new ApproveTemplateRequest { Name = made.Name, Version = made.Version }, stage.Call);
        return made.Name;
    }

    /// <summary>Waits until the gate knows the person: her address and consents travelled by event.</summary>
    public static async Task UntilKnownToTheGateAsync(Stage stage, string customerId, string template)
    {
        Decision? decision = null;
        await stage.UntilAsync(
            "the gate knows the person",
            async () =>
            {
                decision = (await stage.Clients.Attention.CheckAttentionAsync(
                    new CheckAttentionRequest { CustomerId = customerId, Template = template, Channel = Channel.Email }, stage.Call)).Decision;
                return decision.Verdicts.Where(verdict => verdict.Rule is "reachable" or "consent" or "stale_profile")
                    .All(verdict => verdict.Outcome == RuleVerdict.Types.Outcome.Pass);
            },
            () => $"{decision}");
    }
}
