using System.Text;
using Loyalty.Communications.Delivery;
using Loyalty.TestKit;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class MaildirTransportTests : IDisposable
{
    private readonly TempFolder _folder = new("maildir");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_mail_stands_whole_in_new_and_nothing_stays_in_tmp(bool flush)
    {
        (await SendAsync(transport: new MaildirTransport(new() { Folder = _folder.FullPath, Flush = flush }))).ShouldBeOfType<MailOutcome.Accepted>().Reply.Code.ShouldBe(250);

        var file = Files("new").ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe("Return-Path: <sender@shop.example>\r\nDelivered-To: customer@home.example\r\n" + Encoding.ASCII.GetString(Relay.Hello));
        Files("tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task Past_the_deadline_nothing_is_stored()
    {
        var clock = new TestClock();
        var deadline = FinalDotDeadline.From(clock, clock.GetTimestamp());
        clock.Advance(FinalDotDeadline.Span);

        (await SendAsync(deadline)).ShouldBeOfType<MailOutcome.NotSent>();

        Files("new").ShouldBeEmpty();
        Files("tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cancelled_mail_is_not_stored()
    {
        (await SendAsync(cancelledBy: new CancellationToken(canceled: true))).ShouldBeOfType<MailOutcome.NotSent>();

        Files("new").ShouldBeEmpty();
        Files("tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_an_outcome()
    {
        var transport = new MaildirTransport(new() { Folder = _folder.FullPath });
        Directory.Delete(_folder["new"]);

        (await SendAsync(transport: transport)).ShouldBeOfType<MailOutcome.NotSent>().Kind.ShouldBe(NotSentKind.Connection);

        Files("tmp").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_never_sees_half_a_mail()
    {
        byte[] message = [.. Encoding.ASCII.GetBytes(new string('x', 3_000_000)), .. "\r\nend"u8];
        await using var transport = new MaildirTransport(new() { Folder = _folder.FullPath });
        var sending = Parallel.ForAsync(0, 20, TestContext.Current.CancellationToken, async (_, cancel) => await SendAsync(message: message, transport: transport, cancelledBy: cancel));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (seen.Count < 20)
        {
            foreach (var file in Files("new").Where(seen.Add))
            {
                (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).AsSpan().EndsWith("\r\nend"u8).ShouldBeTrue();
                File.Delete(file);
            }

            if (sending.IsCompleted && Files("new").Length == 0)
                break;
        }

        await sending;
        seen.Count.ShouldBe(20);
    }

    public void Dispose() => _folder.Dispose();

    private string[] Files(string part) => Directory.GetFiles(_folder[part]);

    private async Task<MailOutcome> SendAsync(FinalDotDeadline? deadline = null, byte[]? message = null, MaildirTransport? transport = null, CancellationToken? cancelledBy = null)
    {
        var cancel = cancelledBy ?? TestContext.Current.CancellationToken;
        transport ??= new MaildirTransport(new() { Folder = _folder.FullPath });
        await using var permit = (await transport.TryLeaseAsync(cancel)).Permit.ShouldNotBeNull();
        return await permit.DeliverAsync(Relay.Envelope, message ?? Relay.Hello, deadline ?? Relay.Fresh, cancel);
    }
}
