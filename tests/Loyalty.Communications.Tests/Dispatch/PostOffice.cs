using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.Communications.Storage;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Secrets;
using Loyalty.ServiceDefaults.Storage;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WireChannel = Loyalty.Customers.V1.Channel;
using WirePurpose = Loyalty.Customers.V1.Purpose;

namespace Loyalty.Communications.Tests.Dispatch;

/// <summary>Replicas of the communication service on one database, one clock that is moved by hand, and one SMTP server that remembers what it really got.</summary>
internal sealed class PostOffice : IAsyncDisposable
{
    private readonly TempFolder folder = new("post");
    private readonly List<WebApplication> replicas = [];
    private readonly string connection;

    private PostOffice(Provider provider, string connection)
    {
        Provider = provider;
        this.connection = provider == Provider.Postgres ? connection : $"Data Source={folder["communication.db"]}";
        Mail = SmtpSink.Start(new SmtpSinkOptions { Clock = Clock });
    }

    public Provider Provider { get; }

    public TestClock Clock { get; } = new();

    public SmtpSink Mail { get; }

    public IServiceProvider Any => replicas[0].Services;

    public Database<CommunicationsModule> Database => Any.GetRequiredService<Database<CommunicationsModule>>();

    /// <summary>Without a dispatcher; <see cref="AddAsync"/> brings some.</summary>
    public static async Task<PostOffice> OpenAsync(Provider provider)
    {
        var post = new PostOffice(provider, provider == Provider.Postgres ? await SharedServers.CreateDatabaseAsync("post") : "");
        await post.AddAsync(checkpoints: null, ("Communication:Dispatch", "false"));
        await post.BeHeardAsync();
        await post.UntilHeardAsync();
        return post;
    }

    /// <summary>One more replica. What it does at a step of a decision is the test's to say.</summary>
    public Task<WebApplication> AddAsync(Checkpoints? checkpoints, params (string Key, string Value)[] settings) =>
        AddAsync(services => services.AddSingleton(checkpoints ?? new Checkpoints()), settings);

    public async Task<WebApplication> AddAsync(Action<IServiceCollection> services, params (string Key, string Value)[] settings)
    {
        var given = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Listen:Grpc"] = "http://127.0.0.1:0",
            ["Listen:Http"] = "http://127.0.0.1:0",
            ["Auth:Mode"] = "none",
            ["Schema:Apply"] = "true",
            ["Data:Folder"] = folder.FullPath,
            ["Services:customer"] = "http://127.0.0.1:9",
            ["ConnectionStrings:communication"] = connection,
            ["Smtp:Host"] = "127.0.0.1",
            ["Smtp:Port"] = $"{Mail.Port}",
            ["Smtp:Tls"] = "None",
            ["Smtp:From"] = "hello@shop.example",
            ["Smtp:BreakerPause"] = "00:00:00.100",
            ["Smtp:BreakerLongestPause"] = "00:00:00.200",
            ["Communication:PollEvery"] = "00:00:00.020",
            ["Communication:SweepEvery"] = "00:00:00.100",
            ["Communication:DryRunCache"] = "00:00:00",
        };
        foreach (var (key, value) in settings)
            given[key] = value;
        var host = LoyaltyHost.Build(
            [],
            new LoyaltyHostSettings
            {
                Overrides = given,
                Clock = Clock,
                ReadEnvironment = false,
                Announce = false,
                Services = services,
            },
            new CommunicationsModule());
        await host.StartAsync();
        replicas.Add(host);
        if (replicas.Count > 1)
            await UntilHeardAsync();
        return host;
    }

    public Task BeHeardAsync() => Database.WriteAsync(
        async tx =>
        {
            var now = Instant.Of(TimeProvider.System.GetUtcNow());
            foreach (var source in (string[])["customer", "interaction"])
            {
                await tx.ExecuteAsync(
                    "INSERT INTO heartbeats (source, written_at, heard_at) VALUES (@source, @now, @now) ON CONFLICT (source) DO UPDATE SET written_at = @now, heard_at = @now",
                    new { source, now });
            }
        },
        CancellationToken.None);

    public Task UntilHeardAsync() => Eventually.TrueAsync(() => replicas.TrueForAll(
        r => r.Services.GetRequiredService<ServiceDefaults.Messaging.Heartbeats<CommunicationsModule>>().AgeOf("customer") < TimeSpan.FromMinutes(1)));

    /// <summary>Awake at 09:00 UTC, with an address and every consent.</summary>
    public async Task<Guid> PersonAsync()
    {
        var id = Guid.CreateVersion7();
        await Database.WriteAsync(
            async tx =>
            {
                var key = await Any.GetRequiredService<PersonalValues<CommunicationsModule>>().CreateKeyAsync(tx, id);
                await AddressBook.ReplaceAsync(tx, id, [new AddressRow { CustomerId = id, Channel = 1, Sealed = key.Seal($"{id:N}@example.com") }]);
                await Any.GetRequiredService<ChangeProfile>().RunAsync(tx, id, profile =>
                {
                    (profile.RegisteredRevision, profile.PreferencesRevision, profile.ContactsRevision) = (1, 1, 1);
                    (profile.TimeZone, profile.Locale) = ("Atlantic/Reykjavik", "en");
                    profile.Addresses.Add(new StoredAddress { Channel = 1 });
                    foreach (var purpose in (WirePurpose[])[WirePurpose.Marketing, WirePurpose.Relationship])
                        profile.Consents.Add(new StoredConsent { Purpose = (int)purpose, Channel = (int)WireChannel.Email, GivenAt = 1 });
                    return true;
                });
            },
            CancellationToken.None);
        return id;
    }

    /// <summary>The person withdraws marketing, and communication has committed it when this returns.</summary>
    public Task WithdrawAsync(Guid customerId) => Database.WriteAsync(
        tx => Any.GetRequiredService<ChangeProfile>().RunAsync(tx, customerId, profile =>
        {
            profile.Consents.Single(c => c.Purpose == (int)WirePurpose.Marketing).WithdrawnAt = Instant.Of(Clock.GetUtcNow());
            return true;
        }),
        CancellationToken.None);

    public async Task<string> TemplateAsync(MailingClass @class = MailingClass.Promotion, Intent intent = Intent.Offer)
    {
        var name = $"{@class}-{intent}".ToLowerInvariant();
        await Database.WriteAsync(
            async tx =>
            {
                var template = new V1.Template
                {
                    Name = name,
                    Class = (V1.MailingClass)@class,
                    Intent = (V1.MailingIntent)intent,
                    HighestPriority = 9,
                    Texts = { new V1.TemplateText { Locale = "en", Subject = name, Text = "Text." } },
                };
                if (await tx.SingleAsync<int>("SELECT count(*) FROM templates WHERE name = @name", new { name }) > 0)
                    return;
                var version = await TemplateStore.AddAsync(tx, template, "test", 0);
                await TemplateStore.ApproveAsync(tx, name, version, "test", 0);
            },
            CancellationToken.None);
        return name;
    }

    public async Task<Guid> SubmitAsync(Guid customerId, string template, TimeSpan? expiresIn = null, TimeSpan? notBefore = null) =>
        (await Any.GetRequiredService<SubmitMailing>().RunAsync(
            new MailingDraft
            {
                Sender = "team",
                RequestId = Guid.NewGuid().ToString(),
                RequestHash = new byte[32],
                CustomerId = customerId,
                Template = template,
                Variables = new Dictionary<string, string>(StringComparer.Ordinal),
                NotBefore = notBefore is { } pause ? Clock.GetUtcNow() + pause : null,
                ExpiresAt = expiresIn is { } span ? Clock.GetUtcNow() + span : null,
            },
            CancellationToken.None)).Mailing.MailingId;

    public Task<MailingView> ViewAsync(Guid mailingId) => Any.GetRequiredService<GetMailing>().RunAsync(mailingId, CancellationToken.None);

    public Task<MailingView> ReachesAsync(Guid mailingId, MailingState state) =>
        Eventually.ReachesAsync(() => ViewAsync(mailingId), view => view.State == state, TimeSpan.FromSeconds(30));

    /// <summary>Nothing is under way and nobody is due.</summary>
    public async Task UntilQuietAsync() => await Eventually.ReachesAsync(
        () => Database.ReadAsync(
            session => session.SingleAsync<long>(
                "SELECT (SELECT count(*) FROM queue WHERE state > 1) + (SELECT count(*) FROM due WHERE due_at <= @now)", new { now = Instant.Of(Clock.GetUtcNow()) }),
            CancellationToken.None),
        open => open == 0,
        TimeSpan.FromSeconds(60));

    /// <summary>The sends that the person's ledger counts, by mailing.</summary>
    public async Task<Dictionary<Guid, long>> LedgerAsync(Guid customerId)
    {
        var person = await Database.ReadAsync(session => Recipients.FindAsync(session, customerId), CancellationToken.None);
        return Entries(person.ShouldNotBeNull().Ledger);
    }

    public async Task CountsHoldAsync()
    {
        var counts = await Database.ReadAsync(MailingCounts.ReadAsync, CancellationToken.None);
        counts.Sum.ShouldBe(counts.Accepted);
    }

    /// <summary>Which mailing a received mail was.</summary>
    public static Guid MailingOf(ReceivedMail mail) => Guid.Parse(mail.MessageId.ShouldNotBeNull()[1..37]);

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await replica.StopAsync(patience.Token);
            await replica.DisposeAsync();
        }

        await Mail.DisposeAsync();
        folder.Dispose();
    }

    private static Dictionary<Guid, long> Entries(byte[] stored)
    {
        var ledger = new PackedLedger(stored);
        var entries = new Dictionary<Guid, long>();
        for (var i = 0; i < ledger.Count; i++)
            entries[ledger.IdOf(i)] = ledger.At(i);
        return entries;
    }
}

/// <summary>A replica that comes to a step and rests there, the first time, until it is let go: a process that was stopped, or is very slow.</summary>
internal sealed class Stall
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource passed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Stall(string step) => Checkpoints = new Checkpoints
    {
        OnReached = async (here, cancellationToken) =>
        {
            if (here != step || !reached.TrySetResult())
                return; // one stall: what comes after it goes on
            try
            {
                await goOn.Task.WaitAsync(cancellationToken);
            }
            finally
            {
                passed.TrySetResult();
            }
        },
    };

    public Checkpoints Checkpoints { get; }

    public Task ReachedAsync() => reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public Task GoOnAsync()
    {
        goOn.TrySetResult();
        return passed.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
