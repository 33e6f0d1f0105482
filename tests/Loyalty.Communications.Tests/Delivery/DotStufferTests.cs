using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Loyalty.Communications.Delivery;
using Loyalty.TestKit.Smtp;

namespace Loyalty.Communications.Tests.Delivery;

public sealed class DotStufferTests
{
    // Mostly what matters: dots and line ends in every order.
    private static readonly Gen<byte[]> Message = Gen.ArrayOf(Gen.Frequency(
        (3, Gen.Constant((byte)'.')), (3, Gen.Constant((byte)'\r')), (3, Gen.Constant((byte)'\n')), (2, Gen.Constant((byte)'x')), (1, Gen.Choose(0, 255).Select(i => (byte)i))));

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData(".", "..")]
    [InlineData(".\r\n", "..\r\n")]
    [InlineData("a\n.b\r.c\r\n..d", "a\r\n..b\r\n..c\r\n...d")]
    [InlineData("\r\n.\r\n", "\r\n..\r\n")]
    [InlineData("a\r\r\nb", "a\r\n\r\nb")]
    public void Doubles_leading_dots_and_ends_every_line_with_CRLF(string message, string expected)
    {
        Encoding.ASCII.GetString(Stuffed(Encoding.ASCII.GetBytes(message), 1000, 1000)).ShouldBe(
            expected + (expected.Length == 0 || expected.EndsWith('\n') ? ".\r\n" : "\r\n.\r\n"));
    }

    [Fact]
    public void Where_input_and_output_are_cut_changes_nothing() =>
        Prop.ForAll(Message.ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(2, 9).ToArbitrary(), (message, input, output) =>
            Stuffed(message, input, output).SequenceEqual(Stuffed(message, int.MaxValue, 4096))).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_stuffed_reads_back_as_the_message_with_CRLF_and_is_as_long_as_declared() =>
        Prop.ForAll(Message.ToArbitrary(), message =>
        {
            var stuffed = Encoding.Latin1.GetString(Stuffed(message, int.MaxValue, 4096));
            var read = string.Concat(stuffed.Split("\r\n").SkipLast(2).Select(line => (line.StartsWith('.') ? line[1..] : line) + "\r\n"));
            return stuffed.IndexOf("\r\n.\r\n", StringComparison.Ordinal) is var end && (end == stuffed.Length - 5 || end < 0)
                && read.Equals(Encoding.Latin1.GetString(WithCrlf(message)), StringComparison.Ordinal) && DotStuffer.SizeOf(message) == read.Length;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task Random_messages_arrive_octet_for_octet()
    {
        await using var relay = new Relay();
        var messages = Message.Where(m => m.Length > 0).Sample(300, 300).ToList();
        // Some longer than the buffers on either side, with a dot at every place a buffer may end.
        messages.AddRange(Enumerable.Range(0, 40).Select(shift => Encoding.ASCII.GetBytes(new string('x', 900 + shift) + string.Concat(Enumerable.Repeat("\r\n.\r\n..", 9000)))));
        foreach (var message in messages)
        {
            (await relay.SendAsync(message)).ShouldBeOfType<MailOutcome.Accepted>();
            relay.Sink.Received[^1].Octets.ShouldBe(WithCrlf(message));
        }

        relay.Sink.Violations.ShouldBeEmpty();
        relay.Sink.ConnectionCount.ShouldBeLessThan(10, "a final dot seen too early would have broken sessions");
    }

    /// <summary>The same by the slowest means.</summary>
    internal static byte[] WithCrlf(byte[] message)
    {
        var text = Encoding.Latin1.GetString(message).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        text = text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";
        return Encoding.Latin1.GetBytes(text.Replace("\n", "\r\n", StringComparison.Ordinal));
    }

    private static byte[] Stuffed(byte[] message, int inputAtOnce, int outputAtOnce)
    {
        var stuffer = new DotStuffer();
        var all = new List<byte>();
        var output = new byte[outputAtOnce];
        foreach (var chunk in message.Chunk(inputAtOnce))
        {
            for (ReadOnlySpan<byte> rest = chunk; !rest.IsEmpty;)
                all.AddRange(output.AsSpan(0, stuffer.Write(ref rest, output)));
        }

        all.AddRange(stuffer.FinalDot);
        return [.. all];
    }
}
