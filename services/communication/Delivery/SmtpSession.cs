using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>Why no session could be opened. The message is ours; the reply's text may hold anything.</summary>
internal sealed class SmtpOpenException(SmtpStage stage, SmtpReply? reply, string reason, Exception? cause = null) : Exception(reason, cause)
{
    public SmtpStage Stage => stage;

    public SmtpReply? Reply => reply;
}

/// <summary>One conversation with the relay: greeted, secured and authenticated from birth, then one mail after another.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private readonly SmtpWire _wire;
    private readonly SmtpOptions _options;
    private HashSet<string> _offers = [];
    private string[] _authMechanisms = [];
    private long? _largest;
    private bool _needsReset;
    private SmtpStage _stage = SmtpStage.Greeting;

    private SmtpSession(SmtpWire wire, SmtpOptions options) => (_wire, _options) = (wire, options);

    public bool TakesEightBit => _offers.Contains("8BITMIME");

    public bool IsBroken => _wire.IsBroken;

    public int MailsSent { get; private set; }

    /// <exception cref="SmtpOpenException">Not greeted, secured or authenticated; nothing is left open.</exception>
    public static async Task<SmtpSession> OpenAsync(SmtpOptions options, TimeProvider clock, CancellationToken cancel)
    {
        SmtpWire wire;
        try
        {
            wire = await SmtpWire.ConnectAsync(options.Host, options.Port, options.ConnectTimeout, clock, cancel);
        }
        catch (WireBrokenException e)
        {
            throw new SmtpOpenException(SmtpStage.Connect, null, e.Message, e);
        }

        var session = new SmtpSession(wire, options);
        try
        {
            using var cancelled = wire.BreakWhen(cancel);
            await session.GreetAsync();
            return session;
        }
        catch (Exception e)
        {
            wire.Dispose();
            if (e is WireBrokenException)
                throw new SmtpOpenException(session._stage, null, e.Message, e);
            throw;
        }
    }

    /// <summary>Whether the session may be leased again: nothing unasked has come in, and with <paramref name="ask"/>, or after a mail that was refused, RSET is answered.</summary>
    public async Task<bool> IsReadyAsync(bool ask, CancellationToken cancel)
    {
        if (_wire.HasUnaskedInput)
            return false;
        if (!ask && !_needsReset)
            return true;

        _stage = SmtpStage.Reuse;
        using var cancelled = _wire.BreakWhen(cancel);
        try
        {
            var reply = await _wire.AskAsync("RSET", _options.CommandTimeout);
            _needsReset = !reply.IsPositive;
            return reply.IsPositive;
        }
        catch (WireBrokenException)
        {
            return false;
        }
    }

    /// <summary>See <see cref="IMailPermit.DeliverAsync"/>.</summary>
    public async Task<MailOutcome> SendAsync(MailEnvelope envelope, ReadOnlyMemory<byte> message, FinalDotDeadline deadline, CancellationToken cancel)
    {
        _stage = SmtpStage.Mail;
        if (!TryDeclare(envelope, message.Span, out var parameters, out var missing))
            return new MailOutcome.NotSent(NotSentKind.Permanent, _stage, null, missing);

        using var cancelled = _wire.BreakWhen(cancel);
        var dotLeft = false;
        try
        {
            if (await AddressAsync(envelope, parameters, deadline) is { } refused)
                return refused;

            _stage = SmtpStage.Body;
            var finalDot = await WriteBodyAsync(message, deadline);
            if (_wire.StartReading())
                return await RefusedBeforeTheDotAsync(deadline);
            TimeLeft(deadline); // the last look at the clock before the dot
            dotLeft = true; // from here on only a reply can say "not sent"
            _stage = SmtpStage.FinalDot;
            await _wire.WriteAsync(finalDot, _options.CommandTimeout);
            var reply = await _wire.ReadReplyAsync(_options.FinalReplyTimeout);
            if (reply.IsPositive)
            {
                MailsSent++;
                return new MailOutcome.Accepted(reply);
            }

            if (reply.IsTemporary || reply.IsPermanent)
                return Refused(reply);
            _wire.Break("a reply that decides nothing");
            return new MailOutcome.Unknown("a reply that decides nothing");
        }
        catch (WireBrokenException e)
        {
            return dotLeft ? new MailOutcome.Unknown(e.Message) : new MailOutcome.NotSent(NotSentKind.Connection, _stage, null, e.Message);
        }
        catch
        {
            _wire.Break("left in the middle of a conversation");
            throw;
        }
    }

    /// <summary>Breaks off whatever is being said; a mail on its way ends as its stage says.</summary>
    public void Abandon() => _wire.Break("given back in the middle of a mail");

    /// <summary>Says QUIT if somebody may still listen, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_wire.HasUnaskedInput)
                await _wire.AskAsync("QUIT", TimeSpan.FromSeconds(1));
        }
        catch (WireBrokenException)
        {
            // Closing anyway.
        }

        _wire.Dispose();
    }

    private async Task GreetAsync()
    {
        var timeout = _options.CommandTimeout;
        if (_options.Tls == SmtpTls.Implicit)
            await SecureAsync();

        _stage = SmtpStage.Greeting;
        Expect(await _wire.ReadReplyAsync(timeout), 220);
        await SayHelloAsync();
        if (_options.Tls == SmtpTls.StartTls)
        {
            _stage = SmtpStage.StartTls;
            if (!_offers.Contains("STARTTLS"))
                throw new SmtpOpenException(_stage, null, "the server does not offer STARTTLS, which is required");
            Expect(await _wire.AskAsync("STARTTLS", timeout), 220);
            await SecureAsync();
            await SayHelloAsync(); // what was offered in the clear counts for nothing
        }

        if (_options.User.Length > 0)
            await AuthenticateAsync();
    }

    private async Task SecureAsync()
    {
        _stage = SmtpStage.StartTls;
        var tls = new SslClientAuthenticationOptions { TargetHost = _options.Host };
        if (_options.CertificateAuthorityFile.Length > 0)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(_options.CertificateAuthorityFile);
        }

        await _wire.SecureAsync(tls, _options.ConnectTimeout);
    }

    private async Task SayHelloAsync()
    {
        _stage = SmtpStage.Ehlo;
        var reply = Expect(await _wire.AskAsync($"EHLO {HeloName()}", _options.CommandTimeout), 250);
        (_offers, _authMechanisms, _largest) = (new(StringComparer.OrdinalIgnoreCase), [], null);
        foreach (var line in reply.Text.Split('\n').Skip(1))
        {
            var words = line.Split([' ', '='], StringSplitOptions.RemoveEmptyEntries); // "AUTH=PLAIN" is an old spelling
            if (words.Length == 0)
                continue;
            _offers.Add(words[0]);
            if (words[0].Equals("AUTH", StringComparison.OrdinalIgnoreCase))
                _authMechanisms = [.. _authMechanisms, .. words[1..]];
            if (words[0].Equals("SIZE", StringComparison.OrdinalIgnoreCase) && words.Length > 1
                && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var largest) && largest > 0)
                _largest = largest;
        }
    }

    private string HeloName()
    {
        if (_options.HeloName.Length > 0)
            return _options.HeloName;
        var local = _wire.LocalAddress.IsIPv4MappedToIPv6 ? _wire.LocalAddress.MapToIPv4() : _wire.LocalAddress;
        return local.AddressFamily == AddressFamily.InterNetwork ? $"[{local}]" : $"[IPv6:{local.ToString().Split('%')[0]}]";
    }

    private async Task AuthenticateAsync()
    {
        _stage = SmtpStage.Auth;
        if (!_wire.IsSecure && !_options.AllowAuthWithoutTls)
            throw new SmtpOpenException(_stage, null, "no password is sent without TLS");

        if (Offered("PLAIN"))
        {
            Expect(await _wire.AskAsync($"AUTH PLAIN {Base64($"\0{_options.User}\0{_options.Password}")}", _options.CommandTimeout), 235);
        }
        else if (Offered("LOGIN"))
        {
            Expect(await _wire.AskAsync("AUTH LOGIN", _options.CommandTimeout), 334);
            Expect(await _wire.AskAsync(Base64(_options.User), _options.CommandTimeout), 334);
            Expect(await _wire.AskAsync(Base64(_options.Password), _options.CommandTimeout), 235);
        }
        else
        {
            throw new SmtpOpenException(_stage, null, "the server offers neither AUTH PLAIN nor AUTH LOGIN");
        }

        bool Offered(string mechanism) => _authMechanisms.Contains(mechanism, StringComparer.OrdinalIgnoreCase);
        static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
    }

    private SmtpReply Expect(SmtpReply reply, int code) =>
        reply.Code == code ? reply : throw new SmtpOpenException(_stage, reply, $"{_stage} was answered {reply.Code}");

    private bool TryDeclare(MailEnvelope envelope, ReadOnlySpan<byte> message, out string parameters, out string missing)
    {
        (parameters, missing) = ("", "");
        var size = DotStuffer.SizeOf(message);
        if (_largest < size)
            missing = "the message is larger than the server takes";
        if (_offers.Contains("SIZE"))
            parameters += string.Create(CultureInfo.InvariantCulture, $" SIZE={size}");

        if (message.ContainsAnyInRange((byte)128, (byte)255))
        {
            if (!TakesEightBit)
                missing = "the message is 8bit, which the server does not take";
            parameters += " BODY=8BITMIME";
        }

        var headerEnd = message.IndexOf("\r\n\r\n"u8);
        if (envelope.NeedsUtf8 || message[..(headerEnd < 0 ? message.Length : headerEnd)].ContainsAnyInRange((byte)128, (byte)255))
        {
            if (!_offers.Contains("SMTPUTF8"))
                missing = "an address is not ASCII, which the server does not take";
            parameters += " SMTPUTF8";
        }

        return missing.Length == 0;
    }

    // MAIL, RCPT and DATA, in one write where the server offers PIPELINING. Null when the body may follow.
    private async Task<MailOutcome?> AddressAsync(MailEnvelope envelope, string parameters, FinalDotDeadline deadline)
    {
        (SmtpStage Stage, string Command)[] steps =
        [
            (SmtpStage.Mail, $"MAIL FROM:<{envelope.From}>{parameters}"),
            (SmtpStage.Rcpt, $"RCPT TO:<{envelope.To}>"),
            (SmtpStage.Data, "DATA"),
        ];
        var pipelined = _offers.Contains("PIPELINING");
        if (pipelined)
        {
            foreach (var (_, command) in steps)
                _wire.Queue(command);
            await _wire.FlushAsync(TimeLeft(deadline));
        }

        MailOutcome? refused = null;
        foreach (var (stage, command) in steps)
        {
            if (refused is null)
                _stage = stage;
            try
            {
                var reply = pipelined ? await _wire.ReadReplyAsync(TimeLeft(deadline)) : await _wire.AskAsync(command, TimeLeft(deadline));
                if (stage == SmtpStage.Data && reply.Code == 354)
                {
                    // A lone dot would be the usual way out, and could be taken for a mail.
                    if (refused is not null)
                        _wire.Break("asked for the body of a refused mail");
                    return refused;
                }

                if (reply.IsPositive && stage != SmtpStage.Data)
                    continue;
                refused ??= Refused(reply);
            }
            catch (WireBrokenException) when (refused is not null)
            {
                return refused; // decided before
            }

            if (!pipelined || IsBroken)
                return refused;
        }

        return refused;
    }

    private async Task<byte[]> WriteBodyAsync(ReadOnlyMemory<byte> message, FinalDotDeadline deadline)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var stuffer = new DotStuffer();
            while (!message.IsEmpty)
            {
                var rest = message.Span;
                var written = stuffer.Write(ref rest, buffer);
                message = message[^rest.Length..];
                await _wire.WriteAsync(buffer.AsMemory(0, written), TimeLeft(deadline));
            }

            return stuffer.FinalDot.ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true); // it held somebody's mail
        }
    }

    private async Task<MailOutcome> RefusedBeforeTheDotAsync(FinalDotDeadline deadline)
    {
        var reply = await _wire.ReadReplyAsync(TimeLeft(deadline));
        _wire.Break("a reply before the final dot");
        return Refused(reply);
    }

    private MailOutcome.NotSent Refused(SmtpReply reply)
    {
        _needsReset = true;
        var kind = reply.IsTemporary ? NotSentKind.Temporary : reply.IsPermanent ? NotSentKind.Permanent : NotSentKind.Connection;
        if (kind == NotSentKind.Connection)
            _wire.Break("a reply that makes no sense here");
        if (reply.IsClosing)
            _wire.Break("the server is closing");
        return new MailOutcome.NotSent(kind, _stage, reply, $"{_stage} was answered {reply.Code}");
    }

    // The time for one step before the final dot.
    private TimeSpan TimeLeft(FinalDotDeadline deadline)
    {
        var left = deadline.Left;
        if (left <= TimeSpan.Zero)
        {
            _wire.Break("the deadline of the final dot is over");
            throw new WireBrokenException("the deadline of the final dot is over");
        }

        return left < _options.CommandTimeout ? left : _options.CommandTimeout;
    }
}
