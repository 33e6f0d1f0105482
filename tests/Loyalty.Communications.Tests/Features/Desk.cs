using Google.Protobuf.WellKnownTypes;
using Loyalty.Communications.Storage;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Communications.Tests.Features;

/// <summary>The communication service with its neighbours and a real SMTP server, entered through gRPC. Monday 09:00 UTC; nobody sleeps in Iceland then.</summary>
internal sealed class Desk : IAsyncDisposable
{
    private long revision;

    private Desk(ServiceFixture services, SmtpSink mail) => (Services, Mail) = (services, mail);

    public ServiceFixture Services { get; }

    public SmtpSink Mail { get; }

    public TestClock Clock => Services.Clock;

    public MailingService.MailingServiceClient Mailings => Services.Client<MailingService.MailingServiceClient>();

    public AttentionService.AttentionServiceClient Attention => Services.Client<AttentionService.AttentionServiceClient>();

    public TemplateService.TemplateServiceClient Templates => Services.Client<TemplateService.TemplateServiceClient>();

    public static async Task<Desk> OpenAsync(Provider provider, params (string Key, string Value)[] settings)
    {
        var mail = SmtpSink.Start();
        var given = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = $"{mail.Port}",
            ["Smtp:Tls"] = "None",
            ["Smtp:From"] = "hello@shop.example",
            ["Communication:PollEvery"] = "00:00:00.020",
            ["Communication:SweepEvery"] = "00:00:00.100",
            ["Bus:HeartbeatEvery"] = "00:00:00.200",
            ["Bus:RelayPoll"] = "00:00:00.050",
        };
        foreach (var (key, value) in settings)
            given[key] = value;
        var services = await ServiceFixture.StartAsync(provider, given, new CustomerNeighbour(), new InteractionNeighbour(), new CommunicationsModule());
        var desk = new Desk(services, mail);
        await desk.UntilHeardAsync();
        return desk;
    }

    /// <summary>Someone who is awake now, can be reached by e-mail, and allows everything.</summary>
    public async Task<string> PersonAsync(string? email = null, string zone = "Atlantic/Reykjavik", bool marketing = true, bool relationship = true)
    {
        var id = Guid.CreateVersion7().ToString("D");
        Address(id, email ?? $"{id}@example.com");
        await TellAsync(
            new CustomerRegistered { CustomerId = id, Revision = Next(), RegisteredAt = Now },
            new PreferencesChanged { CustomerId = id, Revision = Next(), Preferences = new Preferences { TimeZone = zone, Locale = "en-GB" } });
        if (marketing)
            await ConsentAsync(id, Purpose.Marketing);
        if (relationship)
            await ConsentAsync(id, Purpose.Relationship);
        await UntilKnownAsync(id, consents: (marketing ? 1 : 0) + (relationship ? 1 : 0));
        return id;
    }

    public void Address(string customerId, string email) => Services.Services.GetRequiredService<AddressesThere>().ById[customerId] = new()
    {
        CustomerId = customerId,
        Revision = Next(),
        Locale = "en-GB",
        Contacts = { new Contact { Channel = Channel.Email, Address = email } },
    };

    public Task TellAsync(params Google.Protobuf.IMessage[] events) => Services.SayAsync("customer", events);

    public Task ConsentAsync(string customerId, Purpose purpose, DateTimeOffset? givenAt = null, DateTimeOffset? withdrawnAt = null)
    {
        var consent = new Consent { Purpose = purpose, Channel = Channel.Email };
        if (withdrawnAt is null || givenAt is not null)
            consent.GivenAt = (givenAt ?? Clock.GetUtcNow().AddDays(-1)).ToTimestamp();
        if (withdrawnAt is not null)
            consent.WithdrawnAt = withdrawnAt.Value.ToTimestamp();
        return TellAsync(new ConsentChanged { CustomerId = customerId, Revision = Next(), Consent = consent });
    }

    /// <summary>An approved template whose one text says {{word}}.</summary>
    public async Task<string> TemplateAsync(MailingClass @class = MailingClass.Promotion, MailingIntent intent = MailingIntent.Offer, bool approved = true, Action<Template>? change = null)
    {
        var template = new Template
        {
            Name = $"t{Guid.NewGuid():N}",
            Class = @class,
            Intent = intent,
            HighestPriority = 9,
            Texts = { new TemplateText { Locale = "en", Subject = "About {{word}}", Text = "Here is {{word}}.", Html = "<p>Here is {{word}}.</p>" } },
            Variables = { "word" },
        };
        change?.Invoke(template);
        var made = (await Templates.CreateTemplateAsync(new CreateTemplateRequest { RequestId = Guid.NewGuid().ToString(), Template = template })).Template;
        if (approved)
            await Templates.ApproveTemplateAsync(new ApproveTemplateRequest { Name = made.Name, Version = made.Version });
        return made.Name;
    }

    public static SubmitMailingRequest Request(string template, string? customerId = null, string word = "it")
    {
        var request = new SubmitMailingRequest { RequestId = Guid.NewGuid().ToString(), Template = template, Variables = { ["word"] = word } };
        if (customerId is not null)
            request.CustomerId = customerId;
        return request;
    }

    public async Task<V1.Mailing> SubmitAsync(SubmitMailingRequest request) => (await Mailings.SubmitMailingAsync(request)).Mailing;

    public Task<V1.Mailing> SubmitAsync(string template, string customerId) => SubmitAsync(Request(template, customerId));

    public async Task<V1.Mailing> GetAsync(string mailingId) => (await Mailings.GetMailingAsync(new GetMailingRequest { MailingId = mailingId })).Mailing;

    public Task<V1.Mailing> ReachesAsync(string mailingId, MailingState state) => Eventually.ReachesAsync(() => GetAsync(mailingId), mailing => mailing.State == state);

    /// <summary>Accepted is the sum over the states, and every mailing is in one.</summary>
    public async Task CountsHoldAsync()
    {
        var counts = await Services.Database("communication").ReadAsync(MailingCounts.ReadAsync, CancellationToken.None);
        counts.Accepted.ShouldBe(counts.Sum);
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await Mail.DisposeAsync();
    }

    public long Next() => ++revision;

    private Timestamp Now => Clock.GetUtcNow().ToTimestamp();

    private async Task UntilHeardAsync() => await Eventually.ReachesAsync(
        () => Services.QueryAsync<string>("communication", "SELECT source FROM heartbeats"), heard => heard.Contains("customer") && heard.Contains("interaction"));

    private async Task UntilKnownAsync(string customerId, int consents) => await Eventually.ReachesAsync(
        async () => (await Services.QueryAsync<byte[]?>("communication", "SELECT profile FROM recipients WHERE customer_id = @id", new { id = Guid.Parse(customerId) }))
            .Select(ProfileDocument.Read).FirstOrDefault(),
        profile => profile is { RegisteredRevision: > 0, PreferencesRevision: > 0 } && profile.Consents.Count == consents);
}
