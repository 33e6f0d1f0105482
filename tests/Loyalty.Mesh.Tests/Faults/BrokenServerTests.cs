using Loyalty.Communications.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>The services on servers of their own, which may be broken.</summary>
public sealed class OwnServers : IAsyncLifetime
{
    internal PostgresServer Postgres { get; private set; } = null!; // set before any test runs, as all four

    internal RabbitMqServer RabbitMq { get; private set; } = null!;

    internal RedisServer Redis { get; private set; } = null!;

    internal FourProcesses Services { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var rabbit = RabbitMqServer.StartAsync();
        (Postgres, Redis, RabbitMq) = (await PostgresServer.StartAsync(), await RedisServer.StartAsync(), await rabbit);
        Services = await FourProcesses.StartAsync(new FourLayout
        {
            Recognition = false,
            Postgres = Postgres,
            RabbitMq = RabbitMq,
            Redis = Redis,
            Settings =
            [
                .. TwoDispatchers.Impatient,
                ("Communication__MailsPerSecond", "200"), // counted in Redis, as the dry run's copies are kept there
                ("Communication__DryRunCache", "00:00:02"),
                ("Bus__AwayPauseMost", "00:00:00.500"),
            ],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        await Redis.DisposeAsync();
        await RabbitMq.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}

/// <summary>Redis, PostgreSQL and RabbitMQ stopped, killed and frozen while mailings and events flow.</summary>
public sealed class BrokenServerTests(OwnServers fixture) : IClassFixture<OwnServers>
{
    private readonly FourProcesses _services = fixture.Services;

    [Fact]
    public async Task Redis_flushed_stopped_and_stale_costs_no_mailing_and_lets_none_too_many_through()
    {
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(10);
        var template = await crowd.TemplateAsync(MailingClass.Promotion);
        var morning = Morning(crowd.Now);
        (string Name, Func<Task> What)[] days =
        [
            ("well", () => Task.CompletedTask),
            ("flushed", () => fixture.Redis.FlushAsync()),
            ("killed", () => fixture.Redis.KillAsync()),
            ("empty", () => fixture.Redis.StartAgainAsync()),
            ("frozen", () => Run(fixture.Redis.Stall)),
            ("stale", () => Run(fixture.Redis.Resume)),
            ("flushed again", () => fixture.Redis.FlushAsync()),
            ("well again", () => Task.CompletedTask),
        ];
        foreach (var (i, day) in days.Index())
        {
            await crowd.StepToAsync(morning.AddDays(i), TimeSpan.FromMinutes(40));
            await day.What();
            await Parallel.ForEachAsync(crowd.People, async (person, _) =>
            {
                await crowd.SubmitAsync(person, template, crowd.Now.AddDays(2));
                (await crowd.ConsentAsync(person, template)).ShouldBe(RuleVerdict.Types.Outcome.Pass, $"the dry run answers while Redis is {day.Name}");
            });
        }

        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(40));

        await crowd.JudgeAsync();
        crowd.Received().CountBy(mail => mail.Person).Select(person => person.Value).ShouldAllBe(count => count >= 3);

        static Task Run(Action act)
        {
            act();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_database_killed_in_mid_flow_loses_nothing_that_was_accepted()
    {
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(10);
        var (promotion, receipt) = (await crowd.TemplateAsync(MailingClass.Promotion), await crowd.TemplateAsync(MailingClass.Transactional));
        await crowd.StepToAsync(Morning(crowd.Now).AddHours(3), TimeSpan.FromHours(24));
        var answers = 0;
        Task? broken = null;
        await Parallel.ForEachAsync(
            from person in crowd.People from template in (string[])[promotion, receipt, receipt] select (person, template),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (mailing, _) =>
            {
                var requestId = Stories.People.NewId();
                await Eventually.TrueAsync(
                    async () =>
                    {
                        await crowd.SubmitAsync(mailing.person, mailing.template, crowd.Now.AddDays(2), requestId: requestId);
                        return true;
                    },
                    TimeSpan.FromSeconds(60), "what was not accepted is accepted when it is said again");
                if (Interlocked.Increment(ref answers) == 9)
                    broken = KillAndStartAsync();
            });
        await broken.ShouldNotBeNull();
        await crowd.SettleAsync();
        _services.Clock.AdvanceTo(crowd.Now + TimeSpan.FromMinutes(16)); // for what was handed over when the database died
        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(20));

        var states = await crowd.JudgeAsync();
        states.Count.ShouldBe(30);
        states.Values.ShouldAllBe(state => state == MailingState.Sent || state == MailingState.Unknown);

        async Task KillAndStartAsync()
        {
            await fixture.Postgres.KillAsync();
            await fixture.Postgres.StartAgainAsync();
        }
    }

    [Fact]
    public async Task A_broker_killed_in_mid_stream_of_consents_delivers_them_all()
    {
        var crowd = new Crowd(_services);
        await crowd.JoinAsync(1);
        var newcomers = Enumerable.Range(0, 40).Select(_ => new Newcomer(crowd)).ToList();
        Task? broken = null;
        var joined = 0;
        await Parallel.ForEachAsync(newcomers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (newcomer, _) =>
        {
            await newcomer.JoinAsync(); // customer itself needs no broker
            var count = Interlocked.Increment(ref joined);
            if (count == 10)
                broken = fixture.RabbitMq.KillAsync();
        });
        await broken.ShouldNotBeNull();
        await fixture.RabbitMq.StartAgainAsync();

        foreach (var newcomer in newcomers)
            await newcomer.UntilHeardAsync();
        await crowd.JudgeAsync();
    }

    /// <summary>Six in the morning, UTC, of the next day.</summary>
    private static DateTimeOffset Morning(DateTimeOffset now) => new(now.UtcDateTime.Date.AddDays(1).AddHours(6), TimeSpan.Zero);
}
