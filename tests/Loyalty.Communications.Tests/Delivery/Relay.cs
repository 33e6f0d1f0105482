using System.Text;
using Loyalty.Communications.Delivery;
using Loyalty.TestKit.Smtp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.Communications.Tests.Delivery;

/// <summary>A sink and a transport that talks to it.</summary>
internal sealed class Relay : IAsyncDisposable
{
    public static readonly MailEnvelope Envelope = new("sender@shop.example", "customer@home.example");

    public static readonly byte[] Hello = Encoding.ASCII.GetBytes("Subject: hello\r\n\r\nHello.\r\n");

    public Relay(SmtpSinkOptions? sinkOptions = null, Action<SmtpOptions>? configure = null, TimeProvider? clock = null)
    {
        Sink = SmtpSink.Start(sinkOptions);
        Options = OptionsFor(Sink.Port);
        configure?.Invoke(Options);
        Transport = new SmtpTransport(Options, clock ?? TimeProvider.System, NullLogger<SmtpTransport>.Instance);
    }

    public SmtpSink Sink { get; }

    public SmtpOptions Options { get; }

    public SmtpTransport Transport { get; }

    public static FinalDotDeadline Fresh => FinalDotDeadline.From(TimeProvider.System, TimeProvider.System.GetTimestamp());

    public static SmtpOptions OptionsFor(int port) => new()
    {
        Host = "localhost",
        Port = port,
        Tls = SmtpTls.None,
        From = "sender@shop.example",
        CommandTimeout = TimeSpan.FromSeconds(5),
        FinalReplyTimeout = TimeSpan.FromSeconds(5),
    };

    public async Task<IMailPermit> LeaseAsync()
    {
        var lease = await Transport.TryLeaseAsync(TestContext.Current.CancellationToken);
        return lease.Permit ?? throw new InvalidOperationException($"no permit: {lease.Refusal}");
    }

    public async Task<MailOutcome> SendAsync(byte[]? message = null, FinalDotDeadline? deadline = null)
    {
        await using var permit = await LeaseAsync();
        return await permit.DeliverAsync(Envelope, message ?? Hello, deadline ?? Fresh, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        await Sink.DisposeAsync();
    }
}
