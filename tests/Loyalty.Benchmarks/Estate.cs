using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Loyalty.Benchmarks.Load;
using Loyalty.Communications.V1;
using Loyalty.Customers.V1;
using Loyalty.Mesh.Stories;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Npgsql;

namespace Loyalty.Benchmarks;

/// <summary>communication with its neighbours as a company runs them: a process each, PostgreSQL (fsync on), RabbitMQ, Redis, and mail to a sink in this process.</summary>
internal sealed class Estate : IAsyncDisposable
{
    private static readonly string[] Services = ["customer", "interaction", "communication"];

    private readonly TempFolder _folder = new("estate");
    private readonly Dictionary<string, Dictionary<string, string?>> _environments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ports = Services.ToDictionary(service => service, _ => Ports.Free(), StringComparer.Ordinal);
    private readonly List<IAsyncDisposable> _running = [];
    private readonly List<IDisposable> _held = [];

    private Estate()
    {
    }

    public LoyaltyClients Clients { get; private set; } = null!; // set by StartAsync, before anybody has the estate

    public SmtpSink Mail { get; } = SmtpSink.Start();

    /// <summary>Where communication's rows are.</summary>
    public string Database => _environments["communication"]["ConnectionStrings__communication"]!; // set by StartAsync

    public Uri CommunicationAddress => new($"http://127.0.0.1:{_ports["communication"]}");

    private static CallOptions Call(CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30), cancellationToken: cancellationToken);

    /// <summary>Starts the three; the communication that answers calls does not dispatch.</summary>
    public static async Task<Estate> StartAsync(CancellationToken cancellationToken)
    {
        var estate = new Estate();
        try
        {
            await estate.StartAllAsync(cancellationToken);
            return estate;
        }
        catch
        {
            await estate.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more communication on the same servers, which dispatches.</summary>
    public async Task<ChildProcess> StartDispatcherAsync(int sessions, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?>(_environments["communication"], StringComparer.Ordinal)
        {
            ["Listen__Grpc"] = "http://127.0.0.1:0",
            ["Communication__Dispatch"] = "true",
            ["Smtp__MaxSessions"] = $"{sessions}",
        };
        var process = ChildProcess.StartProject("services/communication", environment: environment);
        await process.WaitForLineAsync("listens", TimeSpan.FromSeconds(60), cancellationToken);
        return process;
    }

    /// <summary>An approved template of a promotion.</summary>
    public async Task<string> TemplateAsync(CancellationToken cancellationToken)
    {
        var template = new Template { Name = $"offer-{Guid.NewGuid():N}", Class = MailingClass.Promotion, Intent = MailingIntent.Offer };
        template.Texts.Add(new TemplateText { Locale = "en", Subject = "This week's best", Text = "Have a look at what is new this week." });
        var made = (await Clients.Templates.CreateTemplateAsync(new CreateTemplateRequest { RequestId = People.NewId(), Template = template }, Call(cancellationToken))).Template;
        await Clients.Templates.ApproveTemplateAsync(new ApproveTemplateRequest { Name = made.Name, Version = made.Version }, Call(cancellationToken));
        return made.Name;
    }

    /// <summary>Registers people who may be sent a promotion now, and waits until the gate says so of each.</summary>
    public async Task<string[]> PeopleAsync(int count, string template, CancellationToken cancellationToken)
    {
        var people = new string[count];
        await CallLoad.EachAsync(Enumerable.Range(0, count), async (i, cancelled) => people[i] = await RegisterAsync(cancelled), cancellationToken);
        await CallLoad.EachAsync(people, (id, cancelled) => UntilWelcomeAsync(id, template, cancelled), cancellationToken);
        return people;
    }

    public async Task<Decision> AskAsync(string customerId, string template, CancellationToken cancellationToken) =>
        (await Clients.Attention.CheckAttentionAsync(Question(customerId, template), Call(cancellationToken))).Decision;

    public static CheckAttentionRequest Question(string customerId, string template) =>
        new() { CustomerId = customerId, Template = template, Channel = Channel.Email };

    public Task SubmitAsync(IReadOnlyCollection<string> people, string template, CancellationToken cancellationToken) => CallLoad.EachAsync(
        people,
        async (id, cancelled) => await Clients.Mailings.SubmitMailingAsync(
            new SubmitMailingRequest { RequestId = People.NewId(), CustomerId = id, Template = template, Channel = Channel.Email }, Call(cancelled)),
        cancellationToken);

    /// <summary>One number from communication's database.</summary>
    public async Task<long> CountAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken) ?? 0L);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running)
            await process.DisposeAsync();
        foreach (var held in _held)
            held.Dispose();
        await Mail.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAllAsync(CancellationToken cancellationToken)
    {
        // Business time runs as the machine's, from a Monday morning: everybody is awake whenever this is run.
        _held.Add(ClockFile.Create(_folder["clock"], new DateTimeOffset(2026, 3, 2, 9, 0, 0, TimeSpan.Zero)));
        var vhost = await SharedServers.TakeVhostAsync("bench", cancellationToken);
        _held.Add(vhost);
        var redis = await SharedServers.RedisAsync();
        var (master, lookup) = (NewKey(), NewKey());
        foreach (var service in Services)
        {
            var environment = Environment(service);
            environment[$"ConnectionStrings__{service}"] = await SharedServers.CreateDatabaseAsync(service, cancellationToken);
            environment["ConnectionStrings__rabbitmq"] = vhost.Address.ToString();
            environment["ConnectionStrings__redis"] = redis;
            environment["Keys__Master__2026"] = master;
            environment["Keys__Lookup"] = lookup;
            _environments[service] = environment;
        }

        foreach (var service in Services)
        {
            var process = ChildProcess.StartProject($"services/{service}", environment: _environments[service]);
            _running.Add(process);
            await process.WaitForLineAsync("listens", TimeSpan.FromSeconds(60), cancellationToken);
        }

        var channels = Services.Select(service => GrpcChannel.ForAddress($"http://127.0.0.1:{_ports[service]}")).ToArray();
        _held.AddRange(channels);
        Clients = new LoyaltyClients(channels[0], channels[1], channels[1], channels[2]); // nobody calls recognition here
    }

    private Dictionary<string, string?> Environment(string service)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Listen__Grpc"] = $"http://127.0.0.1:{_ports[service]}",
            ["Listen__Http"] = "http://127.0.0.1:0",
            ["Auth__Mode"] = "none",
            ["Clock__File"] = _folder["clock"],
            ["Schema__Apply"] = "true",
            ["Smtp__Host"] = "127.0.0.1",
            ["Smtp__Port"] = $"{Mail.Port}",
            ["Smtp__Tls"] = "None",
            ["Smtp__From"] = "hello@shop.example",
            ["Communication__Dispatch"] = "false",
        };
        foreach (var other in Services.Append("recognition"))
            environment[$"Services__{other}"] = $"http://127.0.0.1:{_ports.GetValueOrDefault(other, 9)}";
        return environment;
    }

    private async Task<string> RegisterAsync(CancellationToken cancellationToken)
    {
        var registration = new RegisterCustomerRequest
        {
            RequestId = People.NewId(),
            DisplayName = "Somebody",
            Locale = "en-GB",
            Country = "IS",
            TimeZone = "Atlantic/Reykjavik",
            Identifiers = { People.Email("somebody") },
        };
        var id = (await Clients.Customers.RegisterCustomerAsync(registration, Call(cancellationToken))).Customer.CustomerId;
        var consent = new SetConsentRequest { RequestId = People.NewId(), CustomerId = id, Purpose = Purpose.Marketing, Channel = Channel.Email, Given = true, Evidence = "the form" };
        await Clients.Preferences.SetConsentAsync(consent, Call(cancellationToken));
        return id;
    }

    // Address, consents and heartbeats travel by event.
    private async Task UntilWelcomeAsync(string customerId, string template, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await AskAsync(customerId, template, cancellationToken) is { Outcome: not Decision.Types.Outcome.Send } decision)
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromMinutes(5))
                throw new TimeoutException($"The gate still does not let a promotion through: {decision}");
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
}
