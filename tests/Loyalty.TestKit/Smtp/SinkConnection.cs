using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Loyalty.TestKit.Smtp;

/// <summary>One conversation of the sink.</summary>
internal sealed class SinkConnection(SmtpSink sink, SmtpSinkOptions options, Socket socket, int number) : IAsyncDisposable
{
    private readonly byte[] _input = new byte[64 * 1024];
    private readonly MemoryStream _output = new();
    private readonly List<string> _to = [];
    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private int _start, _end;
    private string? _user;
    private string? _from;
    private string _parameters = "";
    private bool _secure, _greeted;

    public Task Running { get; private set; } = Task.CompletedTask;

    public void Start(Action ended) => Running = RunAsync(ended);

    /// <summary>Closes with a reset.</summary>
    public void Reset() => socket.Close(0);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        await _output.DisposeAsync();
    }

    private async Task RunAsync(Action ended)
    {
        await Task.Yield();
        try
        {
            if (options.ImplicitTls)
                await SecureAsync();
            if (await GoesOnAsync(SinkMoment.Greeting))
                Say("220 sink ESMTP");
            while (await CommandAsync())
            {
            }

            await FlushAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or AuthenticationException or InvalidOperationException)
        {
            // The client left, or a fault reset the connection.
        }
        finally
        {
            await DisposeAsync();
            ended();
        }
    }

    private async Task<bool> CommandAsync()
    {
        var line = Encoding.UTF8.GetString((await LineAsync()).Span);
        var verb = line.Split(' ')[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO" when await GoesOnAsync(SinkMoment.Ehlo):
                SayHello();
                break;
            case "STARTTLS" when await GoesOnAsync(SinkMoment.StartTls):
                if (_start < _end)
                    sink.Note("commands pipelined after STARTTLS");
                Say("220 go ahead");
                await FlushAsync();
                await SecureAsync();
                break;
            case "AUTH" when await GoesOnAsync(SinkMoment.Auth):
                await AuthAsync(line);
                break;
            case "MAIL" when await GoesOnAsync(SinkMoment.Mail):
                Mail(line);
                break;
            case "RCPT" when await GoesOnAsync(SinkMoment.Rcpt):
                Rcpt(line);
                break;
            case "DATA":
                await DataAsync();
                break;
            case "RSET" when await GoesOnAsync(SinkMoment.Rset):
                Forget();
                Say("250 2.0.0 ok");
                break;
            case "NOOP":
                Say("250 2.0.0 ok");
                break;
            case "QUIT":
                Say("221 2.0.0 bye");
                return false;
            case "EHLO" or "STARTTLS" or "AUTH" or "MAIL" or "RCPT" or "RSET":
                break; // a fault has answered
            default:
                sink.Note($"unknown command of {line.Length} characters");
                Say("500 5.5.2 what?");
                break;
        }

        return true;
    }

    private void SayHello()
    {
        _greeted = true;
        Forget();
        List<string> offers = [.. options.Offers];
        if (options.StartTls && !_secure)
            offers.Add("STARTTLS");
        if (options.User is not null)
            offers.Add($"AUTH {options.AuthMechanisms}");
        Say($"250{(offers.Count == 0 ? ' ' : '-')}sink");
        for (var i = 0; i < offers.Count; i++)
            Say($"250{(i == offers.Count - 1 ? ' ' : '-')}{offers[i]}");
    }

    private async Task SecureAsync()
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = SelfSigned.Certificate });
        (_secure, _greeted, _start, _end) = (true, false, 0, 0);
    }

    private async Task AuthAsync(string line)
    {
        if (!_secure)
            sink.Note("AUTH in the clear");
        var words = line.Split(' ');
        string user, password;
        if (words[1] is "PLAIN")
        {
            var parts = Decode(words[2]).Split('\0');
            (user, password) = (parts[1], parts[2]);
        }
        else
        {
            Say("334 VXNlcm5hbWU6");
            user = Decode(Encoding.ASCII.GetString((await LineAsync()).Span));
            Say("334 UGFzc3dvcmQ6");
            password = Decode(Encoding.ASCII.GetString((await LineAsync()).Span));
        }

        var right = string.Equals(user, options.User, StringComparison.Ordinal) && string.Equals(password, options.Password, StringComparison.Ordinal);
        _user = right ? user : null;
        Say(right ? "235 2.7.0 welcome" : "535 5.7.8 wrong");

        static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }

    private void Mail(string line)
    {
        if (!_greeted || _from is not null)
            sink.Note("MAIL out of order");
        if (options.User is not null && _user is null)
        {
            Say("530 5.7.0 authentication required");
            return;
        }

        (_from, _parameters) = AddressOf(line, "MAIL FROM:<");
        Say("250 2.1.0 ok");
    }

    private void Rcpt(string line)
    {
        if (_from is null)
        {
            Say("503 5.5.1 MAIL first");
            return;
        }

        _to.Add(AddressOf(line, "RCPT TO:<").Address);
        Say("250 2.1.5 ok");
    }

    private (string Address, string Parameters) AddressOf(string line, string before)
    {
        if (!line.StartsWith(before, StringComparison.OrdinalIgnoreCase) || line.IndexOf('>', StringComparison.Ordinal) is not (> 0 and var end))
        {
            sink.Note("malformed address");
            return ("", "");
        }

        if (!Ascii.IsValid(line) && !(before.StartsWith('M') ? line : _parameters).Contains(" SMTPUTF8", StringComparison.Ordinal))
            sink.Note("non-ASCII without SMTPUTF8");
        return (line[before.Length..end], line[(end + 1)..]);
    }

    private async Task DataAsync()
    {
        var dataFault = sink.FaultAt(SinkMoment.Data);
        if (!await GoesOnAsync(dataFault))
        {
            if (dataFault is SinkFault.Say { Octets: var said } && said.StartsWith("354", StringComparison.Ordinal))
                await SkipBodyAsync();
            return;
        }

        if (_to.Count == 0)
        {
            Say("554 5.5.1 no valid recipients");
            return;
        }

        Say("354 go ahead");
        using var message = new MemoryStream();
        for (var first = true; ; first = false)
        {
            var line = await LineAsync();
            if (first && !await GoesOnAsync(SinkMoment.Body))
            {
                if (!IsDot(line))
                    await SkipBodyAsync();
                Forget();
                return;
            }

            if (IsDot(line))
                break;
            if (line.Length > 999 || line.Length > 998 && line.Span[0] != '.')
                sink.Note("a line over 998 octets");
            message.Write(line.Length > 0 && line.Span[0] == '.' ? line.Span[1..] : line.Span);
            message.Write("\r\n"u8);
        }

        var octets = message.ToArray();
        if (octets.AsSpan().ContainsAnyInRange((byte)128, (byte)255) && !_parameters.Contains(" BODY=8BITMIME", StringComparison.Ordinal))
            sink.Note("8bit without BODY=8BITMIME");
        if (_parameters.Split(" SIZE=") is [_, var size] && int.Parse(size.Split(' ')[0], CultureInfo.InvariantCulture) != octets.Length)
            sink.Note($"SIZE={size} for {octets.Length} octets");

        var mail = new ReceivedMail(_from!, [.. _to], octets, options.Clock.GetUtcNow(), number, _secure, _user, _parameters); // MAIL came before
        Forget();
        var fault = sink.FaultAt(SinkMoment.FinalDot);
        if (fault is SinkFault.AcceptThenDrop)
        {
            sink.Accept(mail);
            throw Left();
        }
        else if (await GoesOnAsync(fault))
        {
            sink.Accept(mail);
            Say("250 2.0.0 taken");
        }
    }

    // Once 354 is said, whatever comes up to the dot is a body and never a command, also when it was refused half-way.
    private async Task SkipBodyAsync()
    {
        while (!IsDot(await LineAsync()))
        {
        }
    }

    private static bool IsDot(ReadOnlyMemory<byte> line) => line.Length == 1 && line.Span[0] == '.';

    private void Forget()
    {
        (_from, _parameters) = (null, "");
        _to.Clear();
    }

    private Task<bool> GoesOnAsync(SinkMoment moment) => GoesOnAsync(sink.FaultAt(moment));

    // True when the command is to be carried out.
    private async Task<bool> GoesOnAsync(SinkFault? fault)
    {
        switch (fault)
        {
            case SinkFault.Refuse refuse:
                Say($"{refuse.Code} {refuse.Text}");
                if (!refuse.ThenClose)
                    return false;
                await FlushAsync();
                socket.Shutdown(SocketShutdown.Send);
                await SilenceAsync();
                return false;
            case SinkFault.Say say:
                _output.Write(Encoding.Latin1.GetBytes(say.Octets));
                return false;
            case SinkFault.Drop or SinkFault.AcceptThenDrop:
                await FlushAsync();
                throw Left();
            case SinkFault.Silence:
                await SilenceAsync();
                return false;
            case SinkFault.Delay delay:
                await FlushAsync();
                await Task.Delay(delay.Span);
                return true;
            case SinkFault.Meanwhile meanwhile:
                meanwhile.What();
                return true;
            default:
                return true;
        }
    }

    // Ends with an exception, when the client has left.
    private async Task SilenceAsync()
    {
        while (true)
            await LineAsync();
    }

    // An end, not only a reset: lines that have come already would go on being carried out, and a body be taken for commands.
    private IOException Left()
    {
        Reset();
        return new IOException("A fault reset the connection.");
    }

    private void Say(string line) => _output.Write(Encoding.UTF8.GetBytes(line + "\r\n"));

    private async Task FlushAsync()
    {
        if (_output.Length == 0)
            return;
        await _stream.WriteAsync(_output.GetBuffer().AsMemory(0, (int)_output.Length));
        _output.SetLength(0);
    }

    // A line without its CRLF, valid until the next call. Answers leave when nothing is left to read, so pipelined ones go together.
    private async Task<ReadOnlyMemory<byte>> LineAsync()
    {
        for (var searched = 0; ; )
        {
            var at = _input.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = _input.AsMemory(_start, searched + at);
                _start += line.Length + 1;
                var ended = line.Length > 0 && line.Span[^1] == '\r';
                line = ended ? line[..^1] : line;
                if (!ended || line.Span.Contains((byte)'\r'))
                    sink.Note("a bare CR or LF");
                return line;
            }

            searched = _end - _start;
            if (searched == _input.Length)
                throw new IOException("A line of 64 KiB.");
            await FlushAsync();
            _input.AsSpan(_start, searched).CopyTo(_input);
            (_start, _end) = (0, searched);
            if (options.ReadPause > TimeSpan.Zero)
                await Task.Delay(options.ReadPause);
            var count = await _stream.ReadAsync(_input.AsMemory(_end, Math.Min(_input.Length - _end, options.ReadAtOnce)));
            if (count == 0)
                throw new IOException("The client closed.");
            _end += count;
        }
    }
}
