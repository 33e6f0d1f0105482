using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Health;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace Loyalty.ServiceDefaults.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Losing_a_cache_does_not_take_the_service_down()
    {
        var cache = new Switch("redis", required: false);
        await using var host = await EchoHost.StartAsync(services: services => services.AddSingleton<IDependencyProbe>(cache));
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());
        await ReachesAsync(health, "redis", ServingStatus.Serving);

        cache.Up = false;

        await ReachesAsync(health, "redis", ServingStatus.NotServing);
        (await StatusAsync(health, "")).ShouldBe(ServingStatus.Serving);
        (await StatusAsync(health, "loyalty.tests.echo.v1.EchoService")).ShouldBe(ServingStatus.Serving);
        var (code, body) = await GetAsync(host, "health/ready");
        code.ShouldBe(HttpStatusCode.OK);
        var told = body.GetProperty("dependencies").GetProperty("redis");
        (told.GetProperty("up").GetBoolean(), told.GetProperty("required").GetBoolean(), told.GetProperty("fault").GetString()).ShouldBe((false, false, "IOException"));
        body.ToString().ShouldNotContain("secret");

        cache.Up = true;
        await ReachesAsync(health, "redis", ServingStatus.Serving);
    }

    [Fact]
    public async Task Without_its_database_a_host_lives_but_is_not_ready()
    {
        var database = new Switch("database:other", required: true) { Up = false };
        await using var host = await EchoHost.StartAsync(services: services => services.AddSingleton<IDependencyProbe>(database));
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());

        (await StatusAsync(health, "")).ShouldBe(ServingStatus.NotServing);
        (await StatusAsync(health, "loyalty.tests.echo.v1.EchoService")).ShouldBe(ServingStatus.NotServing);
        (await GetAsync(host, "health/ready")).Code.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await GetAsync(host, "health/live")).Code.ShouldBe(HttpStatusCode.OK);

        database.Up = true;
        await ReachesAsync(health, "", ServingStatus.Serving);
        (await GetAsync(host, "health/ready")).Code.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_schema_that_was_not_applied_keeps_a_host_from_being_ready()
    {
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Schema:Apply"] = "false" });
        await Eventually.ReachesAsync(
            async () => (await GetAsync(host, "health/ready")).Body.GetProperty("dependencies").GetProperty("database:echo").GetProperty("fault").GetString(),
            fault => fault is not null and not "not asked yet");
        (await GetAsync(host, "health/ready")).Code.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await Loyalty.ServiceDefaults.Storage.SchemaRunner.ApplyAsync(host.App.Services, default);

        await Eventually.ReachesAsync(async () => (await GetAsync(host, "health/ready")).Code, code => code == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Check_refuses_an_unknown_name_and_Watch_waits_for_it()
    {
        await using var host = await EchoHost.StartAsync();
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());

        (await Should.ThrowAsync<RpcException>(() => StatusAsync(health, "nobody"))).StatusCode.ShouldBe(StatusCode.NotFound);
        using var watch = health.Watch(new HealthCheckRequest { Service = "nobody" });
        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        watch.ResponseStream.Current.Status.ShouldBe(ServingStatus.ServiceUnknown);
    }

    [Fact]
    public async Task Watch_tells_each_change_and_nothing_twice()
    {
        var cache = new Switch("redis", required: false);
        await using var host = await EchoHost.StartAsync(services: services => services.AddSingleton<IDependencyProbe>(cache));
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());
        await ReachesAsync(health, "redis", ServingStatus.Serving);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var watch = health.Watch(new HealthCheckRequest { Service = "redis" }, cancellationToken: limit.Token);

        foreach (var up in (bool[])[true, false, true])
        {
            cache.Up = up;
            (await watch.ResponseStream.MoveNext(limit.Token)).ShouldBeTrue();
            watch.ResponseStream.Current.Status.ShouldBe(up ? ServingStatus.Serving : ServingStatus.NotServing);
        }
    }

    [Fact]
    public void A_required_answer_counts_for_30_seconds_and_a_loop_that_stops_for_10()
    {
        var clock = new TestClock();
        using var drain = new Drain(Quick(), new Lifetime());
        using var book = new HealthBook([new Switch("database:x", required: true), new Switch("redis", required: false)], drain, clock);
        book.Ready.ShouldBeFalse("nobody has asked the database yet");
        foreach (var entry in book.Entries)
            book.Answered(entry, fault: null);
        (book.Ready, book.Live, book.Serves("redis")).ShouldBe((true, true, true));

        foreach (var entry in book.Entries)
            book.Answered(entry, "IOException");
        (book.Ready, book.Serves("redis")).ShouldBe((true, false), "one missed question does not take a service down");

        clock.Advance(TimeSpan.FromSeconds(9.9));
        book.Live.ShouldBeTrue();
        clock.Advance(TimeSpan.FromSeconds(0.2));
        (book.Live, book.Ready).ShouldBe((false, false), "the loop does not turn");

        clock.Advance(TimeSpan.FromSeconds(19.8));
        book.Turned();
        book.Ready.ShouldBeTrue("29.9 s after the last good answer");
        clock.Advance(TimeSpan.FromSeconds(0.2));
        (book.Ready, book.Live).ShouldBe((false, true));
    }

    [Fact]
    public void Draining_turns_ready_off_and_live_stays()
    {
        var lifetime = new Lifetime();
        using var drain = new Drain(Quick(), lifetime);
        using var book = new HealthBook([], drain, new TestClock());
        book.Ready.ShouldBeTrue();

        lifetime.StopApplication();

        (book.Ready, book.Live, book.Serves("")).ShouldBe((false, true, false));
    }

    [Fact]
    public async Task Another_service_is_told_of_but_not_required()
    {
        await using var other = await EchoHost.StartAsync();
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Services:customer"] = other.Grpc.ToString() }, module: new CallingModule());
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());
        await ReachesAsync(health, "service:customer", ServingStatus.Serving);

        await other.App.StopAsync();

        await ReachesAsync(health, "service:customer", ServingStatus.NotServing);
        (await StatusAsync(health, "")).ShouldBe(ServingStatus.Serving);
    }

    private static Loyalty.ServiceDefaults.Hosting.HostOptions Quick() => new(new SettingReader(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build()));

    private static async Task<ServingStatus> StatusAsync(Grpc.Health.V1.Health.HealthClient health, string service) => (await health.CheckAsync(new HealthCheckRequest { Service = service })).Status;

    private static Task<ServingStatus> ReachesAsync(Grpc.Health.V1.Health.HealthClient health, string service, ServingStatus status) =>
        Eventually.ReachesAsync(() => StatusAsync(health, service), seen => seen == status);

    private static async Task<(HttpStatusCode Code, JsonElement Body)> GetAsync(EchoHost host, string path)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(host.Http, path));
        return (answer.StatusCode, JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync()));
    }

    private sealed class Switch(string name, bool required) : IDependencyProbe
    {
        public volatile bool Up = true;

        public string Name => name;

        public bool Required => required;

        public Task CheckAsync(CancellationToken cancellationToken) => Up ? Task.CompletedTask : throw new IOException("Host=secret");
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        private readonly CancellationTokenSource stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => stopping.Cancel();
    }
}
