namespace Loyalty.Communications.Delivery;

/// <summary>
/// Turns a message into what follows DATA: every line ends in CRLF (a lone CR or LF counts as a line end), a line that begins
/// with a dot gets a second one. Keeps its place between calls, so input and output may be cut anywhere.
/// </summary>
internal struct DotStuffer()
{
    private const byte Cr = (byte)'\r', Lf = (byte)'\n', Dot = (byte)'.';

    private bool _lineStart = true;
    private bool _afterCr;

    /// <summary>What closes the message; begins with CRLF unless the last line has ended.</summary>
    public readonly ReadOnlySpan<byte> FinalDot => _lineStart ? ".\r\n"u8 : "\r\n.\r\n"u8;

    /// <summary>Takes as much of <paramref name="input"/> as <paramref name="output"/> (at least 2 octets) has room for; returns the octets written.</summary>
    public int Write(ref ReadOnlySpan<byte> input, Span<byte> output)
    {
        var written = 0;
        while (!input.IsEmpty && output.Length - written >= 2)
        {
            var octet = input[0];
            if (octet is Cr or Lf)
            {
                input = input[1..];
                if (octet == Lf && _afterCr)
                {
                    _afterCr = false; // the CR already wrote both
                    continue;
                }

                output[written++] = Cr;
                output[written++] = Lf;
                (_lineStart, _afterCr) = (true, octet == Cr);
                continue;
            }

            if (_lineStart && octet == Dot)
                output[written++] = Dot;
            (_lineStart, _afterCr) = (false, false);

            // The dot after its twin, or a run of ordinary octets.
            var run = input.IndexOfAny(Cr, Lf);
            var length = Math.Min(run < 0 ? input.Length : run, output.Length - written);
            input[..length].CopyTo(output[written..]);
            written += length;
            input = input[length..];
        }

        return written;
    }

    /// <summary>Octets of the message with every line end as CRLF and without the doubled dots: what SIZE declares (RFC 1870).</summary>
    public static long SizeOf(ReadOnlySpan<byte> message)
    {
        long size = message.Length;
        for (var rest = message; rest.IndexOfAny(Cr, Lf) is var at and >= 0;)
        {
            var pair = rest[at] == Cr && at + 1 < rest.Length && rest[at + 1] == Lf;
            size += pair ? 0 : 1;
            rest = rest[(at + (pair ? 2 : 1))..];
        }

        return message.IsEmpty || message[^1] is Cr or Lf ? size : size + 2;
    }
}
