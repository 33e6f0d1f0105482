using Loyalty.Communications.Delivery;
using Loyalty.Communications.Domain;
using Loyalty.Communications.Features;
using Loyalty.Communications.Features.Dispatch;
using Loyalty.Communications.Throttling;
using Loyalty.ServiceDefaults.Clocks;
using Loyalty.ServiceDefaults.Health;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Loyalty.Communications;

/// <summary>Reads the settings, and chooses by them where mail goes and where copies and rates are kept.</summary>
internal sealed record CommunicationSettings(CommunicationOptions Options, MailSender Sender, SmtpOptions Smtp, MaildirOptions Maildir, string? Redis)
{
    private const string Section = "Communication:";

    /// <exception cref="SettingFault">Everything that is wrong, each by its full name.</exception>
    public static CommunicationSettings Read(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        var defaults = new CommunicationOptions();
        var smtp = Bound<SmtpOptions>(configuration, "Smtp", reader);
        var options = new CommunicationOptions
        {
            PolicyFile = reader.File(Section + "PolicyFile"),
            Dispatch = reader.Flag(Section + "Dispatch", defaults.Dispatch),
            Dispatchers = reader.Number(Section + "Dispatchers", defaults.Dispatchers, 1, 8),
            BatchPeople = reader.Number(Section + "BatchPeople", defaults.BatchPeople, 1, 1000),
            HandOverBatch = reader.Number(Section + "HandOverBatch", defaults.HandOverBatch, 1, 100),
            PollEvery = reader.Span(Section + "PollEvery", defaults.PollEvery, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1)),
            SweepEvery = reader.Span(Section + "SweepEvery", defaults.SweepEvery, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)),
            BackoffFirst = reader.Span(Section + "BackoffFirst", defaults.BackoffFirst, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            BackoffLongest = reader.Span(Section + "BackoffLongest", defaults.BackoffLongest, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            ClockTolerance = reader.Span(Section + "ClockTolerance", defaults.ClockTolerance, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)),
            DryRunCache = reader.Span(Section + "DryRunCache", defaults.DryRunCache, TimeSpan.Zero, TimeSpan.FromSeconds(60)),
            MailsPerSecond = reader.Text(Section + "MailsPerSecond") is null ? null : reader.Fraction(Section + "MailsPerSecond", 1, 0.01, 100_000),
            Replicas = reader.Number(Section + "Replicas", defaults.Replicas, 1, 1000),
            MessageIdDomain = reader.Text(Section + "MessageIdDomain", DomainOf(smtp.From) ?? defaults.MessageIdDomain),
            Retention = reader.Span(Section + "Retention", defaults.Retention, TimeSpan.FromDays(1), TimeSpan.FromDays(3650)),
            StopAt = reader.Text(Section + "StopAt", ""),
        };
        if (!Mailbox.IsAsciiDomain(options.MessageIdDomain))
            reader.Fault(Section + "MessageIdDomain", "must be a domain name in ASCII");
        CheckStopAt(options.StopAt, configuration, reader);
        CheckPolicy(options.PolicyFile, reader);
        foreach (var fault in smtp.Faults())
        {
            var (setting, what) = (fault[..fault.IndexOf(' ', StringComparison.Ordinal)], fault[(fault.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
            reader.Fault(setting, what.TrimEnd('.'));
        }

        var maildir = Bound<MaildirOptions>(configuration, "Maildir", reader);
        reader.ThrowIfAny();

        var sender = smtp.IsConfigured ? new Mailbox(smtp.From, smtp.FromName) : new Mailbox("loyalty@" + options.MessageIdDomain);
        return new CommunicationSettings(options, new MailSender(sender), smtp, maildir, configuration.GetConnectionString("redis") is { Length: > 0 } redis ? redis : null);
    }

    /// <summary>A provider lives in real time, whatever business time is.</summary>
    public void AddTransport(IServiceCollection services)
    {
        if (!Smtp.IsConfigured)
        {
            services.AddSingleton<IMailTransport>(_ => new MaildirTransport(Maildir));
            return;
        }

        services.AddSingleton(provider => new SmtpTransport(Smtp, RealTime.Clock, provider.GetRequiredService<ILogger<SmtpTransport>>()));
        services.AddSingleton<IMailTransport>(provider => provider.GetRequiredService<SmtpTransport>()).AddSingleton<IDependencyProbe, SmtpProbe>();
    }

    public void AddCopiesAndRates(IServiceCollection services)
    {
        if (Redis is null)
        {
            services.AddSingleton<IRecipientCopies, CopiesInProcess>().AddSingleton<IMailRate, MailRateInProcess>();
            return;
        }

        services.AddSingleton<IDependencyProbe, RedisProbe>();
        services.AddSingleton(_ => new RedisStore(Redis)).AddSingleton<IRecipientCopies, CopiesInRedis>().AddSingleton<IMailRate, MailRateInRedis>();
    }

    private static T Bound<T>(IConfiguration configuration, string section, SettingReader reader)
        where T : new()
    {
        try
        {
            return configuration.GetSection(section).Get<T>() ?? new T();
        }
        catch (InvalidOperationException e)
        {
            reader.Fault(section, e.Message); // names the setting, and says what it cannot be read as
            return new T();
        }
    }

    private static void CheckPolicy(string? file, SettingReader reader)
    {
        try
        {
            if (file is not null && File.Exists(file))
                PolicyText.Parse(File.ReadAllText(file), Instant.Of(RealTime.Clock.GetUtcNow()));
        }
        catch (PolicyRefusedException e)
        {
            reader.Fault(Section + "PolicyFile", e.Message);
        }
    }

    /// <summary>A process that kills itself must not be reachable by anybody else.</summary>
    private static void CheckStopAt(string stopAt, IConfiguration configuration, SettingReader reader)
    {
        if (stopAt.Length == 0)
            return;
        if (Checkpoints.Parse(stopAt) is null)
            reader.Fault(Section + "StopAt", $"must be one of {string.Join(", ", Checkpoints.All)}, alone or with :stall or :stall=00:01:00");
        foreach (var key in (string[])["Listen:Grpc", "Listen:Http"])
        {
            if (configuration[key] is { Length: > 0 } address && !(Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback))
                reader.Fault(Section + "StopAt", $"is for tests: {key.Replace(":", "__", StringComparison.Ordinal)} must be on loopback");
        }
    }

    private static string? DomainOf(string address) =>
        address.LastIndexOf('@') is var at and >= 0 && Mailbox.IsAsciiDomain(address[(at + 1)..]) ? address[(at + 1)..] : null;
}
