using Grpc.Core;
using Grpc.Health.V1;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.Hosting;

public sealed class ShutdownTests
{
    [Fact]
    public async Task Stopping_under_load_answers_every_call_that_began()
    {
        var begun = 0;
        var finished = 0;
        var release = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(new EchoScript
        {
            Say = async (request, _) =>
            {
                Interlocked.Increment(ref begun);
                if (request.Text == "wait")
                    await release.Task;
                Interlocked.Increment(ref finished);
                return new SayResponse { Text = request.Text };
            },
        });
        var client = host.Client;
        var answered = 0;
        var away = 0;
        var waiting = Enumerable.Range(0, 20).Select(_ => client.SayAsync(new SayRequest { Text = "wait" }).ResponseAsync).ToList();
        var load = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Volatile.Read(ref away) == 0)
            {
                try
                {
                    await client.SayAsync(new SayRequest { Text = "x" });
                    Interlocked.Increment(ref answered);
                }
                catch (RpcException status)
                {
                    status.StatusCode.ShouldBe(StatusCode.Unavailable);
                    Interlocked.Increment(ref away);
                }
            }
        })).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref answered) > 200 && Volatile.Read(ref begun) > 220);

        var stop = host.App.StopAsync();
        await Task.WhenAll(load).WaitAsync(TimeSpan.FromSeconds(20));
        stop.IsCompleted.ShouldBeFalse("the waiting calls still run");
        release.SetResult();
        await stop.WaitAsync(TimeSpan.FromSeconds(20));

        (await Task.WhenAll(waiting)).ShouldAllBe(answer => answer.Text == "wait");
        finished.ShouldBe(begun);
        (answered + waiting.Count).ShouldBe(begun, "a call that began was answered, and what was refused had not begun");
    }

    [Fact]
    public async Task Ready_goes_off_first_and_calls_still_pass_for_a_while()
    {
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["Shutdown:DrainDelay"] = "00:00:02" });
        using var http = new HttpClient();
        var health = new Grpc.Health.V1.Health.HealthClient(host.Channel());
        using var watch = health.Watch(new HealthCheckRequest());
        await watch.ResponseStream.MoveNext(CancellationToken.None);
        while (watch.ResponseStream.Current.Status != HealthCheckResponse.Types.ServingStatus.Serving)
            await watch.ResponseStream.MoveNext(CancellationToken.None);

        var stop = host.App.StopAsync();

        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeTrue();
        watch.ResponseStream.Current.Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.NotServing);
        (await watch.ResponseStream.MoveNext(CancellationToken.None)).ShouldBeFalse("an open stream would hold up the end");
        (await host.Client.SayAsync(new SayRequest { Text = "still here" })).Text.ShouldBe("still here");
        (await (await http.GetAsync(new Uri(host.Http, "health/ready"))).Content.ReadAsStringAsync()).ShouldContain("draining");
        stop.IsCompleted.ShouldBeFalse();
        await stop.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_call_that_never_ends_is_given_up_after_the_timeout()
    {
        var begun = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(
            new EchoScript
            {
                Say = async (_, context) =>
                {
                    begun.SetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
                    return new SayResponse();
                },
            },
            new(StringComparer.Ordinal) { ["Shutdown:Timeout"] = "00:00:01" });
        var call = host.Client.SayAsync(new SayRequest()).ResponseAsync;
        await begun.Task;

        await host.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await Should.ThrowAsync<RpcException>(() => call);
    }
}
