using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Templates;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.Communications.Features.Dispatch;

/// <summary>A mail that is ready to go.</summary>
internal sealed record Letter(Committed Mailing, MailEnvelope Envelope, MimeMessage Message);

/// <summary>A committed mailing that cannot be made into a mail, and why (no personal values).</summary>
internal sealed record Unwritable(Committed Mailing, string Why);

/// <summary>Makes mails from committed mailings: the only place where addresses and variables are read.</summary>
internal sealed class ComposeMails(
    Database database, PersonalValues<CommunicationsModule> secrets, TemplateStore templates, MailTexts texts, MailSender sender, CommunicationOptions options)
{
    public async Task<(List<Letter> Letters, List<Unwritable> Unwritable)> RunAsync(IReadOnlyList<Committed> batch, CancellationToken cancellationToken)
    {
        var people = batch.Select(c => c.Row.CustomerId).Distinct().ToArray();
        var (keys, contents, addresses, known) = await database.ReadAsync(
            async session => (
                await secrets.KeysAsync(session, people),
                (await Contents.OfAsync(session, [.. batch.Select(c => c.Row.MailingId)])).ToDictionary(c => c.MailingId, c => c.Sealed),
                (await AddressBook.OfAsync(session, people)).ToDictionary(a => (a.CustomerId, a.Channel), a => a.Sealed),
                await TemplatesOfAsync(session, batch)),
            cancellationToken);

        var letters = new List<Letter>();
        var unwritable = new List<Unwritable>();
        foreach (var mailing in batch)
        {
            var row = mailing.Row;
            if (!contents.TryGetValue(row.MailingId, out var box))
                continue; // it has ended meanwhile: there is nothing left to hand over

            try
            {
                var key = keys.GetValueOrDefault(row.CustomerId) ?? throw new TemplateFaultException("there is no data key");
                var content = MailingContent.Read(key.Open(box));
                var address = content.Address
                    ?? key.Open(addresses.GetValueOrDefault((row.CustomerId, row.Channel)) ?? throw new TemplateFaultException("there is no address"));
                var text = texts.Render(known[(row.Template, row.TemplateVersion)], content.Locale ?? mailing.Locale, content.Variables);
                letters.Add(new Letter(mailing, new MailEnvelope(sender.From.Address, address), Message(mailing, address, text)));
            }
            catch (Exception e) when (e is TemplateFaultException or ArgumentException or System.Security.Cryptography.CryptographicException or System.Text.Json.JsonException)
            {
                unwritable.Add(new Unwritable(mailing, e.Message));
            }
        }

        return (letters, unwritable);
    }

    private MimeMessage Message(Committed mailing, string address, MailText text) => new()
    {
        MailingId = mailing.Row.MailingId,
        MessageIdDomain = options.MessageIdDomain,
        Date = Instant.From(mailing.CommittedAt),
        From = sender.From,
        To = new Mailbox(address),
        Subject = text.Subject,
        Text = text.Text,
        Html = text.Html,
        FeedbackId = $"{mailing.Row.Template}:{mailing.Class}:loyalty",
    };

    private async Task<Dictionary<(string, int), V1.Template>> TemplatesOfAsync(Session session, IReadOnlyList<Committed> batch)
    {
        var found = new Dictionary<(string, int), V1.Template>();
        foreach (var (name, version) in batch.Select(c => (c.Row.Template, c.Row.TemplateVersion)).Distinct())
        {
            if (await templates.FindAsync(session, name, version) is { } template)
                found[(name, version)] = template;
        }

        return found;
    }
}

/// <summary>Who mails come from.</summary>
internal sealed record MailSender(Mailbox From);
