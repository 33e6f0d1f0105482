using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Interactions.V1;
using Loyalty.Mesh.Stories;

namespace Loyalty.Mesh.Replay;

/// <summary>
/// Plays a purchase history on the virtual clock: registers people at their first purchase, records what they bought, and lets two teams submit a weekly
/// offer to everybody (Mondays) and a daily one to recent buyers, all through the gate and over gRPC.
/// </summary>
internal sealed class Replayer(LoyaltyClients clients, IStageClock clock, ReceivedMail mail, Func<Task<DateTimeOffset?>> settleAsync, ReplayOutcome outcome)
{
    /// <summary>Calls under way at once.</summary>
    private const int Parallel = 32;

    /// <summary>Whoever bought within so many days gets the daily offer.</summary>
    private const int RecentDays = 7;

    /// <summary>How far the clock moves at the least, so that a year and a half takes minutes.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromHours(2);

    /// <summary>The default of a promotion: after it, a mailing has come to its end.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    /// <summary>How often the ends of those that are over are asked for: well within the 90 days that the gate remembers them.</summary>
    private const int CountEveryDays = 30;

    private static readonly TimeSpan DayStarts = TimeSpan.FromHours(6);
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> _customers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateOnly> _lastBought = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, (DateTimeOffset At, bool Deferred)> _open = [];
    private readonly Lock _gate = new();
    private readonly string _run = Guid.CreateVersion7().ToString("N")[^8..];

    public async Task PlayAsync(PurchaseHistory history, Action<int, int> progress, CancellationToken cancellationToken)
    {
        if (history.Purchases.Count == 0)
            return;
        var weekly = await TemplateAsync("weekly", "This week", "This week in the shop.", cancellationToken);
        var daily = await TemplateAsync("daily", "Because you bought lately", "Today's picks for you.", cancellationToken);
        var (first, last) = (history.Purchases[0].Date, history.Purchases[^1].Date);
        var days = last.DayNumber - first.DayNumber + 1;
        var next = 0;
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            await AdvanceToAsync(At(day));
            var today = history.Purchases.Skip(next).TakeWhile(purchase => purchase.Date == day).ToList();
            var newcomers = today.Select(purchase => purchase.CustomerKey).Distinct(StringComparer.Ordinal).Where(key => !_customers.ContainsKey(key)).ToList();
            await ForEachAsync(newcomers, RegisterAsync, cancellationToken);
            await ForEachAsync(today.Select((purchase, index) => (purchase, next + index)), RecordAsync, cancellationToken);
            next += today.Count;
            foreach (var purchase in today)
                _lastBought[purchase.CustomerKey] = day;

            await ForEachAsync(newcomers, (key, cancel) => UntilHeardAsync(key, weekly, cancel), cancellationToken);
            if (day.DayOfWeek == DayOfWeek.Monday)
                await ForEachAsync(_customers.Keys, (key, cancel) => SubmitAsync(key, weekly, day, cancel), cancellationToken);
            await ForEachAsync(
                _lastBought.Where(bought => day.DayNumber - bought.Value.DayNumber <= RecentDays).Select(bought => bought.Key),
                (key, cancel) => SubmitAsync(key, daily, day, cancel),
                cancellationToken);
            if ((day.DayNumber - first.DayNumber) % CountEveryDays == CountEveryDays - 1)
                await CountAsync(cancellationToken);
            progress(day.DayNumber - first.DayNumber + 1, days);
        }

        await AdvanceToAsync(At(last.AddDays(15))); // beyond the expiry of all that waits
        await CountAsync(cancellationToken);
        outcome.Received = mail.Oracle.Received;
        outcome.Repeated = mail.Oracle.Repeated;
        outcome.MostIn7Days = mail.Oracle.MostWithin(TimeSpan.FromDays(7));
        outcome.MostIn30Days = mail.Oracle.MostWithin(TimeSpan.FromDays(30));
    }

    private static DateTimeOffset At(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private async Task AdvanceToAsync(DateTimeOffset midnight)
    {
        var goal = midnight + DayStarts;
        while (clock.Now < goal)
        {
            var look = await settleAsync() ?? goal;
            var least = clock.Now + Step;
            var next = look < least ? least : look;
            clock.AdvanceTo(next < goal ? next : goal);
        }

        await settleAsync();
    }

    private async Task<string> TemplateAsync(string name, string subject, string text, CancellationToken cancellationToken)
    {
        var template = new Template { Name = $"replay-{name}-{_run}", Class = MailingClass.Promotion, Intent = MailingIntent.Offer };
        template.Texts.Add(new TemplateText { Locale = "en", Subject = subject, Text = text });
        var request = new CreateTemplateRequest { RequestId = Guid.CreateVersion7().ToString(), Template = template };
        var made = (await clients.Templates.CreateTemplateAsync(request, Call(cancellationToken))).Template;
        await clients.Templates.ApproveTemplateAsync(new ApproveTemplateRequest { Name = made.Name, Version = made.Version }, Call(cancellationToken));
        return made.Name;
    }

    private async Task RegisterAsync(string key, CancellationToken cancellationToken)
    {
        var request = new RegisterCustomerRequest { RequestId = $"{_run}/register/{key}", DisplayName = $"Customer {key}", Country = "GB", Locale = "en-GB", TimeZone = "Etc/UTC" };
        request.Identifiers.Add(new Identifier { Kind = IdentifierKind.Email, Value = $"{key}@replay.example" });
        var customer = (await clients.Customers.RegisterCustomerAsync(request, Call(cancellationToken))).Customer;
        await clients.Preferences.SetConsentAsync(
            new SetConsentRequest
            {
                RequestId = $"{_run}/consent/{key}",
                CustomerId = customer.CustomerId,
                Purpose = Purpose.Marketing,
                Channel = Channel.Email,
                Given = true,
                SaidAt = clock.Now.ToTimestamp(),
                Evidence = "replay: assumed at the first purchase",
            },
            Call(cancellationToken));
        lock (_gate)
        {
            _customers[key] = customer.CustomerId;
            outcome.Customers++;
        }
    }

    private async Task RecordAsync((Purchase Purchase, int Number) line, CancellationToken cancellationToken)
    {
        var units = decimal.Truncate(line.Purchase.Amount);
        await clients.Interactions.RecordInteractionAsync(
            new RecordInteractionRequest
            {
                CustomerId = _customers[line.Purchase.CustomerKey],
                Kind = InteractionKind.Purchase,
                SourceSystem = "replay",
                SourceId = $"{_run}/{line.Number.ToString(CultureInfo.InvariantCulture)}",
                OccurredAt = clock.Now.ToTimestamp(),
                Value = new Money { Currency = line.Purchase.Currency, Units = (long)units, Nanos = (int)((line.Purchase.Amount - units) * 1_000_000_000) },
            },
            Call(cancellationToken));
        lock (_gate)
            outcome.Purchases++;
    }

    private async Task SubmitAsync(string key, string template, DateOnly day, CancellationToken cancellationToken)
    {
        var mailing = (await clients.Mailings.SubmitMailingAsync(
            new SubmitMailingRequest
            {
                RequestId = $"{template}/{day.DayNumber.ToString(CultureInfo.InvariantCulture)}/{key}",
                CustomerId = _customers[key],
                Template = template,
                Channel = Channel.Email,
            },
            Call(cancellationToken))).Mailing;
        lock (_gate)
        {
            outcome.Submitted++;
            foreach (var verdict in mailing.Decision.Verdicts.Where(verdict => verdict.Outcome != RuleVerdict.Types.Outcome.Pass))
                outcome.HeldByRule[verdict.Rule] = outcome.HeldByRule.GetValueOrDefault(verdict.Rule) + 1;
            var deferred = mailing.Decision.Outcome == Decision.Types.Outcome.Defer;
            if (deferred)
                outcome.Deferred++;
            if (Stage.Ended(mailing))
                End(mailing);
            else
                _open[Guid.Parse(mailing.MailingId)] = (clock.Now, deferred);
        }
    }

    /// <summary>The gate hears of people by event: nobody is mailed before it knows them.</summary>
    private Task UntilHeardAsync(string key, string template, CancellationToken cancellationToken)
    {
        var stage = new Stage(clients, clock, new StoryTeller(Spectre.Console.AnsiConsole.Console), cancellationToken);
        return People.UntilKnownToTheGateAsync(stage, _customers[key], template);
    }

    /// <summary>Of the mailings whose time is over: what arrived counts as sent; of all else the end is asked for.</summary>
    private async Task CountAsync(CancellationToken cancellationToken)
    {
        var over = _open.Where(open => open.Value.At < clock.Now - Lifetime).ToList();
        foreach (var (id, submitted) in over.Where(open => mail.Instants.ContainsKey(open.Key)))
        {
            outcome.Sent++;
            _open.Remove(id);
            if (submitted.Deferred)
            {
                outcome.DeferredAndSent++;
                outcome.Waits.Add(mail.Instants[id] - submitted.At);
            }
        }

        await ForEachAsync(
            over.Select(open => open.Key).Where(id => !mail.Instants.ContainsKey(id)),
            async (id, cancel) =>
            {
                var mailing = (await clients.Mailings.GetMailingAsync(new GetMailingRequest { MailingId = id.ToString() }, Call(cancel))).Mailing;
                lock (_gate)
                {
                    _open.Remove(id);
                    if (Stage.Ended(mailing) && mailing.State != MailingState.Sent)
                        End(mailing);
                }
            },
            cancellationToken);
    }

    private void End(Mailing mailing)
    {
        var end = mailing.EndReason.Length > 0 ? $"{mailing.State} ({mailing.EndReason})" : mailing.State.ToString();
        outcome.NotSent[end] = outcome.NotSent.GetValueOrDefault(end) + 1;
    }

    private static CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + CallDeadline, cancellationToken: cancellationToken);

    private static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> act, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            items.ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (item, cancel) => await act(item, cancel));
}
