using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>Counts what people really received, by plain loops over the mails of the SMTP server; knows nothing of ledgers.</summary>
internal static class ReceivedOracle
{
    public static async Task HoldsAsync(PostOffice post)
    {
        var classes = (await post.Database.ReadAsync(
            session => session.QueryAsync<MailingRow>("SELECT mailing_id, class FROM mailings"), CancellationToken.None)).ToDictionary(m => m.MailingId, m => (MailingClass)m.Class);
        foreach (var inbox in post.Mail.Received.GroupBy(mail => mail.To.Single()))
        {
            var promotions = inbox.Where(mail => classes[PostOffice.MailingOf(mail)] == MailingClass.Promotion).OrderBy(mail => mail.ReceivedAt).ToList();
            promotions.Select(PostOffice.MailingOf).ShouldBeUnique();
            Within(promotions, TimeSpan.FromHours(20)).ShouldBeLessThanOrEqualTo(1);
            Within(promotions, TimeSpan.FromDays(7)).ShouldBeLessThanOrEqualTo(3);
            Within(promotions, TimeSpan.FromDays(30)).ShouldBeLessThanOrEqualTo(7);
            Within([.. inbox.Where(mail => classes[PostOffice.MailingOf(mail)] != MailingClass.Transactional)], TimeSpan.FromDays(1)).ShouldBeLessThanOrEqualTo(Policy.Ceiling);
            promotions.ShouldAllBe(mail => mail.ReceivedAt.Hour >= 9 && mail.ReceivedAt.Hour < 21);
        }

        await post.CountsHoldAsync();
    }

    /// <summary>The most in any window (t - span, t].</summary>
    private static int Within(List<ReceivedMail> mails, TimeSpan span) =>
        mails.Select(last => mails.Count(mail => mail.ReceivedAt <= last.ReceivedAt && mail.ReceivedAt > last.ReceivedAt - span)).DefaultIfEmpty().Max();
}
