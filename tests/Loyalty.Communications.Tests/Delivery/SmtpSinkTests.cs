using System.Net;
using System.Net.Sockets;
using System.Text;
using Loyalty.TestKit;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Delivery;

/// <summary>What the sink notes of a client counts only if the sink itself keeps its place in the conversation when it misbehaves.</summary>
public sealed class SmtpSinkTests
{
    private const string Addressed = "EHLO client\r\nMAIL FROM:<a@shop.example>\r\nRCPT TO:<b@home.example>\r\nDATA\r\n";
    private const string Body = "Subject: hello\r\n\r\nHello.\r\nGoodbye.\r\n.\r\n";

    public static TheoryData<SinkMoment, SinkFault> Faults => new()
    {
        { SinkMoment.Mail, new SinkFault.Drop() },
        { SinkMoment.Mail, new SinkFault.Refuse(421, ThenClose: true) },
        { SinkMoment.Data, new SinkFault.Drop() },
        { SinkMoment.Data, new SinkFault.Say("354 go ahead\r\n552 mailbox full\r\n") },
        { SinkMoment.Data, new SinkFault.Refuse(421, ThenClose: true) },
        { SinkMoment.Body, new SinkFault.Drop() },
        { SinkMoment.Body, new SinkFault.Refuse(552) },
        { SinkMoment.Body, new SinkFault.Refuse(421, ThenClose: true) },
        { SinkMoment.Body, new SinkFault.Say("552 mailbox full\r\n") },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_body_that_has_come_already_is_never_taken_for_commands(SinkMoment moment, SinkFault fault)
    {
        await using var sink = SmtpSink.Start();
        sink.At(moment, fault, times: 1);

        // All in one segment, so that the body stands in the sink's buffer when the fault strikes.
        await TalkAsync(sink, Addressed + Body + "QUIT\r\n");

        await Eventually.TrueAsync(() => sink.OpenConnections == 0);
        sink.ReceivedCount.ShouldBe(0);
        sink.Violations.ShouldBeEmpty();
    }

    [Fact]
    public async Task Goes_on_with_the_next_mail_after_a_body_that_it_refused()
    {
        await using var sink = SmtpSink.Start();
        sink.At(SinkMoment.Body, new SinkFault.Refuse(552), times: 1);

        var said = await TalkAsync(sink, Addressed + Body + Addressed + Body + "QUIT\r\n");

        said.Split("\r\n").Where(line => line.StartsWith("354", StringComparison.Ordinal)).Count().ShouldBe(2);
        sink.ReceivedCount.ShouldBe(1);
        sink.Violations.ShouldBeEmpty();
    }

    /// <summary>Says it, and hears what comes back until the sink closes.</summary>
    private static async Task<string> TalkAsync(SmtpSink sink, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sink.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);
        var heard = new MemoryStream();
        try
        {
            await stream.CopyToAsync(heard, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // Reset by a fault.
        }

        return Encoding.ASCII.GetString(heard.ToArray());
    }
}
