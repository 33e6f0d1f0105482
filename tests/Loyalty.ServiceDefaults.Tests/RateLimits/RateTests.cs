using Grpc.Core;
using Loyalty.ServiceDefaults.Auth;
using Loyalty.ServiceDefaults.Hosting;
using Loyalty.ServiceDefaults.RateLimits;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Microsoft.Extensions.Configuration;

namespace Loyalty.ServiceDefaults.Tests.RateLimits;

public sealed class RateTests
{
    [Fact]
    public async Task Who_calls_too_often_is_told_to_wait_and_how_long()
    {
        await using var host = await EchoHost.StartAsync(settings: new(StringComparer.Ordinal) { ["RateLimit:PerSecond"] = "1", ["RateLimit:Burst"] = "3" });

        for (var i = 0; i < 3; i++)
            await host.Client.SayAsync(new SayRequest());
        var status = await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest()));

        status.StatusCode.ShouldBe(StatusCode.ResourceExhausted);
        var refusal = RefusalStatus.Read(status.Trailers.GetValueBytes(RefusalStatus.Trailer)).ShouldNotBeNull();
        refusal.Reason.ShouldBe("RATE_LIMITED");
        refusal.RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Each_caller_has_a_bucket_of_its_own()
    {
        using var rates = new CallerRates(Options("1", "1"));
        rates.Take(Caller.Known("till-1", []));
        Should.Throw<Refusal>(() => rates.Take(Caller.Known("till-1", [])));
        rates.Take(Caller.Known("till-2", []));
    }

    [Fact]
    public void The_number_of_buckets_is_bounded_whoever_calls()
    {
        using var rates = new CallerRates(Options("1", "1"));
        var taken = 0;
        for (var i = 0; i < CallerRates.Buckets * 10; i++)
        {
            try
            {
                rates.Take(Caller.Known($"caller {i}", []));
                taken++;
            }
            catch (Refusal)
            {
                // Shares its bucket with another.
            }
        }

        taken.ShouldBeInRange(CallerRates.Buckets / 2, CallerRates.Buckets * 2); // a bucket may have been filled again meanwhile
    }

    [Fact]
    public async Task There_is_no_limit_where_all_callers_are_one()
    {
        await using var host = await EchoHost.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 5_000).Select(_ => host.TypedClient.SayAsync(new SayRequest(), deadline: DateTime.UtcNow.AddSeconds(30)).ResponseAsync));
    }

    private static RateOptions Options(string perSecond, string burst)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("RateLimit:PerSecond", perSecond), KeyValuePair.Create<string, string?>("RateLimit:Burst", burst)]).Build();
        return new RateOptions(new SettingReader(configuration), authOn: true);
    }
}
