using Loyalty.Communications.Delivery;
using Loyalty.Communications.Features;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.Communications.Tests.Features;

/// <summary>What health says of Redis and of the relay; neither ever turns ready off.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task Redis_is_told_away_while_it_is_stopped_and_back_when_it_answers()
    {
        await using var server = await RedisServer.StartAsync();
        using var store = new RedisStore(server.Configuration);
        var probe = new RedisProbe(store);
        probe.Required.ShouldBeFalse();
        await Eventually.PassesAsync(() => probe.CheckAsync(TestContext.Current.CancellationToken));

        await server.StopAsync();
        await Should.ThrowAsync<Exception>(() => probe.CheckAsync(TestContext.Current.CancellationToken));

        await server.StartAgainAsync();
        await Eventually.PassesAsync(() => probe.CheckAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_relay_is_told_away_once_the_breaker_has_opened()
    {
        await using var sink = SmtpSink.Start();
        var options = new SmtpOptions { Host = "127.0.0.1", Port = sink.Port, Tls = SmtpTls.None, From = "hello@shop.example", BreakerFailures = 2 };
        await using var transport = new SmtpTransport(options, TimeProvider.System, NullLogger<SmtpTransport>.Instance);
        var probe = new SmtpProbe(transport);
        probe.Required.ShouldBeFalse();
        await probe.CheckAsync(TestContext.Current.CancellationToken);

        await sink.StopAsync();
        for (var lease = 0; lease < 2; lease++)
            (await transport.TryLeaseAsync(TestContext.Current.CancellationToken)).Permit.ShouldBeNull();

        await Should.ThrowAsync<InvalidOperationException>(() => probe.CheckAsync(TestContext.Current.CancellationToken));
    }
}
