using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;

namespace Loyalty.Mesh.Stories;

/// <summary>Story 10, one week of it: three teams mail the same person daily.</summary>
internal static class TooManyMailings
{
    private static readonly string[] Teams = ["shop", "news", "travel"];

    public static async Task PlayAsync(Stage stage)
    {
        var maria = await People.RegisterAsync(stage, "Maria", People.Email("maria"));
        await People.ConsentAsync(stage, maria.CustomerId, Purpose.Marketing);
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var team in Teams)
            templates[team] = await People.TemplateAsync(stage, team, MailingClass.Promotion, MailingIntent.Offer, $"From the {team} team", $"Today's best of {team}.");
        await People.UntilKnownToTheGateAsync(stage, maria.CustomerId, templates["shop"]);

        var monday = NextMonday(stage.Now);
        await stage.AdvanceToAsync(monday);
        stage.Teller.Say($"Three teams each want to mail Maria every day of one week, from {StoryTeller.Local(monday)}.");

        var (submitted, told) = (new List<string>(), 0);
        for (var day = 0; day < 7; day++)
        {
            await stage.AdvanceToAsync(monday.AddDays(day));
            foreach (var team in Teams)
            {
                var mailing = (await stage.Clients.Mailings.SubmitMailingAsync(
                    new SubmitMailingRequest
                    {
                        RequestId = People.NewId(),
                        CustomerId = maria.CustomerId,
                        Template = templates[team],
                        Channel = Channel.Email,
                        ExpiresAt = monday.AddDays(day + 2).ToTimestamp(),
                    },
                    stage.Call)).Mailing;
                submitted.Add(mailing.MailingId);
                stage.Watch(mailing.MailingId);
                if (told++ < 4)
                    stage.Teller.Decision($"{team}, day {day + 1}", mailing.Decision);
            }
        }

        await stage.AdvanceToAsync(monday.AddDays(10));

        var mailings = new List<Mailing>();
        foreach (var id in submitted)
            mailings.Add(await stage.MailingAsync(id));
        var sent = mailings.Where(mailing => mailing.State == MailingState.Sent).Select(mailing => mailing.ChangedAt.ToDateTimeOffset()).Order().ToList();
        stage.Teller.Say($"Of {mailings.Count} mailings, {sent.Count} were sent: {string.Join("; ", sent.Select(StoryTeller.Local))}.");
        foreach (var (reason, count) in mailings.Where(mailing => mailing.State != MailingState.Sent).CountBy(mailing => $"{mailing.State}: {mailing.EndReason}"))
            stage.Teller.Say($"{count} were not ({reason}).");

        stage.Teller.Check("she got something: the gate protects, it does not silence", sent.Count > 0);
        stage.Teller.Check("never more than three promotions in any seven days", sent.All(at => sent.Count(other => other > at.AddDays(-7) && other <= at) <= 3));
        stage.Teller.Check("never two within twenty hours", sent.Zip(sent.Skip(1)).All(pair => pair.Second - pair.First >= TimeSpan.FromHours(20)));
        stage.Teller.Check("never outside 09:00 to 21:00 where she lives", sent.All(InWarsawHours));
        stage.Teller.Check("every mailing has an end that is told", mailings.All(Stage.Ended));
        stage.Teller.Check("nothing was dropped without a reason", mailings.All(mailing => mailing.State == MailingState.Sent || mailing.EndReason.Length > 0));
    }

    /// <summary>06:00 UTC of the next Monday: before the awake window opens in Warsaw, summer or winter.</summary>
    private static DateTimeOffset NextMonday(DateTimeOffset now)
    {
        var day = now.UtcDateTime.Date.AddDays(1);
        while (day.DayOfWeek != DayOfWeek.Monday)
            day = day.AddDays(1);
        return new DateTimeOffset(day.AddHours(6), TimeSpan.Zero);
    }

    private static bool InWarsawHours(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById("Europe/Warsaw"));
        return local.TimeOfDay >= TimeSpan.FromHours(9) && local.TimeOfDay < TimeSpan.FromHours(21);
    }
}
