using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Mesh.Stories;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;
using Spectre.Console;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>One of the crowd.</summary>
internal sealed record Person(string CustomerId, string Address);

/// <summary>People of one test, what was accepted for them, and the judgement at the end. Other tests may use the same services for other people.</summary>
internal sealed class Crowd
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Deployment _deployment;
    private readonly Oracle _oracle = new();
    private readonly Dictionary<MailingClass, string> _templates = [];
    private readonly Lock _gate = new();

    public Crowd(Deployment deployment)
    {
        _deployment = deployment;
        var silent = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null), Ansi = AnsiSupport.No });
        Stage = deployment.Stage(new StoryTeller(silent));
    }

    public Stage Stage { get; }

    public List<Person> People { get; } = [];

    public DateTimeOffset Now => _deployment.Clock.Now;

    /// <summary>Registers people with both consents and waits until the gate knows them.</summary>
    public async Task JoinAsync(int count)
    {
        var template = await TemplateAsync(MailingClass.Promotion);
        var joined = await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            var email = Stories.People.Email($"p{i}");
            var customer = await Stories.People.RegisterAsync(Stage, $"Person {i}", email);
            await Stories.People.ConsentAsync(Stage, customer.CustomerId, Purpose.Marketing);
            await Stories.People.ConsentAsync(Stage, customer.CustomerId, Purpose.Relationship);
            return new Person(customer.CustomerId, email.Value);
        }));
        foreach (var person in joined)
            await Stories.People.UntilKnownToTheGateAsync(Stage, person.CustomerId, template);
        People.AddRange(joined);
    }

    /// <summary>A template of this crowd's own, one per class.</summary>
    public async Task<string> TemplateAsync(MailingClass mailingClass)
    {
        if (_templates.TryGetValue(mailingClass, out var name))
            return name;
        var intent = mailingClass == MailingClass.Promotion ? MailingIntent.Offer : MailingIntent.Inform;
        return _templates[mailingClass] = await Stories.People.TemplateAsync(Stage, $"faults-{mailingClass}".ToLowerInvariant(), mailingClass, intent, "Hello", "A word.");
    }

    /// <summary>Submits and remembers what was accepted. With a request id of an earlier try it is the same mailing.</summary>
    public async Task<Mailing> SubmitAsync(
        Person person, string template, DateTimeOffset? expiresAt = null, DateTimeOffset? notBefore = null, LoyaltyClients? over = null, string? requestId = null)
    {
        var mailing = (await (over ?? _deployment.Clients).Mailings.SubmitMailingAsync(
            new SubmitMailingRequest
            {
                RequestId = requestId ?? Stories.People.NewId(),
                CustomerId = person.CustomerId,
                Template = template,
                Channel = Channel.Email,
                ExpiresAt = expiresAt?.ToTimestamp(),
                NotBefore = notBefore?.ToTimestamp(),
            },
            Stage.Call)).Mailing;
        lock (_gate)
            _oracle.Accept(new Accepted(mailing.MailingId, person.Address, mailing.Class, mailing.ExpiresAt.ToDateTimeOffset()));
        return mailing;
    }

    /// <summary>Withdraws the consent to promotions at customer, and waits until communication has committed it.</summary>
    public async Task WithdrawAsync(Person person)
    {
        await Stage.Clients.Preferences.SetConsentAsync(
            new SetConsentRequest { RequestId = Stories.People.NewId(), CustomerId = person.CustomerId, Purpose = Purpose.Marketing, Channel = Channel.Email, Given = false, SaidAt = Now.ToTimestamp() },
            Stage.Call);
        var template = await TemplateAsync(MailingClass.Promotion);
        await Eventually.ReachesAsync(
            async () => await ConsentAsync(person, template), outcome => outcome == RuleVerdict.Types.Outcome.Forbid, Patience, "the gate knows of the withdrawal");
        _oracle.Withdraw(person.Address, _deployment.Mail.ReceivedCount);
    }

    /// <summary>What the gate would say now of this person's consent.</summary>
    public async Task<RuleVerdict.Types.Outcome> ConsentAsync(Person person, string template)
    {
        var decision = (await Stage.Clients.Attention.CheckAttentionAsync(
            new CheckAttentionRequest { CustomerId = person.CustomerId, Template = template, Channel = Channel.Email }, Stage.Call)).Decision;
        return decision.Verdicts.Single(verdict => verdict.Rule is "consent").Outcome;
    }

    /// <summary>Moves business time on, a stride at a time or to what is due next where that is later, and waits each time until the gate is done.</summary>
    public async Task StepToAsync(DateTimeOffset until, TimeSpan stride)
    {
        await SettleAsync();
        while (Now < until)
        {
            var due = (await StandingAsync()).NextDue ?? until;
            var next = due > Now + stride ? due : Now + stride;
            _deployment.Clock.AdvanceTo(next < until ? next : until);
            await SettleAsync();
        }
    }

    /// <summary>Moves on until nothing waits any more; fails when that takes more business time than any mailing lives.</summary>
    public async Task StepToTheEndAsync(TimeSpan stride)
    {
        var latest = Now.AddDays(40);
        await SettleAsync();
        while ((await StandingAsync()) is { Alive: > 0, NextDue: var due })
        {
            Now.ShouldBeLessThan(latest, "mailings still wait");
            _deployment.Clock.AdvanceTo(due is { } at && at > Now + stride ? at : Now + stride);
            await SettleAsync();
        }
    }

    /// <summary>Waits until the gate has nothing to do at this instant.</summary>
    public async Task<Standing> SettleAsync() => await Eventually.ReachesAsync(
        StandingAsync, standing => standing is { Committed: 0, Handed: 0 } && (standing.NextDue is not { } due || due > Now), Patience, "the gate has done what is due");

    public Task<Standing> StandingAsync() => Standing.ReadAsync(_deployment);

    public async Task<Dictionary<string, MailingState>> StatesAsync()
    {
        var states = new Dictionary<string, MailingState>(StringComparer.Ordinal);
        foreach (var mailing in _oracle.All)
        {
            try
            {
                states[mailing.MailingId] = (await Stage.MailingAsync(mailing.MailingId)).State;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
            {
                // Lost: the oracle says so.
            }
        }

        return states;
    }

    /// <summary>What arrived for this crowd, in order.</summary>
    public IReadOnlyList<Reception> Received()
    {
        var addresses = People.Select(person => person.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. AllReceived().Where(mail => addresses.Contains(mail.Person))];
    }

    /// <summary>Every mailing has ended, and no promise was broken; answers how each ended.</summary>
    public async Task<IReadOnlyDictionary<string, MailingState>> JudgeAsync()
    {
        var states = await StatesAsync();
        _oracle.Faults([.. AllReceived()], states).ShouldBeEmpty();
        var standing = await StandingAsync();
        standing.Accepted.ShouldBe(standing.Alive + standing.Ended, "accepted is the sum of the states");
        standing.Misplaced.ShouldBe(0, "each mailing stands in exactly one place");
        _deployment.Mail.Violations.ShouldBeEmpty();
        return states;
    }

    private IEnumerable<Reception> AllReceived() => _deployment.Mail.Received.Select(mail => new Reception(mail.To.Single(), mail.MessageId ?? "", mail.ReceivedAt));
}
