using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace Loyalty.TestKit.Smtp;

/// <summary>A mail as aiosmtpd took it and as Python's own e-mail parser reads it; Names are those of From and To.</summary>
public sealed record ForeignMail(
    string From, string[] To, byte[] Content, bool Tls, string? User, Dictionary<string, string> Headers, Dictionary<string, string> Names, string? Text, string? Html, string[] Defects);

/// <summary>aiosmtpd (Debian's python3-aiosmtpd) as a server that is not ours, in a process of its own on a free port of loopback.</summary>
public sealed class AiosmtpdServer : IAsyncDisposable
{
    // Prints {"port": n}, then one JSON line per mail; ends when its input closes, so that it never outlives the test.
    private const string Script = """
        import asyncio, base64, email, email.policy, json, ssl, sys
        from email.header import decode_header, make_header
        from email.utils import parseaddr
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
        o = json.loads(sys.argv[1])

        def parsed(content):
            m = email.message_from_bytes(content, policy=email.policy.SMTPUTF8)
            def body(kind):
                part = m.get_body(preferencelist=(kind,))
                return None if part is None else part.get_content()
            defects = [type(d).__name__ for p in m.walk() for d in p.defects]
            defects += [type(d).__name__ for v in m.values() for d in getattr(v, 'defects', [])]
            # The new parser (3.11) keeps the spaces between encoded words of a name; the old one does not.
            old = email.message_from_bytes(content)
            def name(field):
                return str(make_header(decode_header(parseaddr(old[field].replace('\r\n', ''))[0]))) if field in old else ''
            return {'names': {f: name(f) for f in ('From', 'To')}, 'headers': {k: str(v) for k, v in m.items()}, 'text': body('plain'), 'html': body('html'), 'defects': defects}

        class Handler:
            async def handle_MAIL(self, server, session, envelope, address, options):
                if 'mail' in o: return o['mail']
                envelope.mail_from = address
                envelope.mail_options.extend(options)
                return '250 OK'
            async def handle_RCPT(self, server, session, envelope, address, options):
                if 'rcpt' in o: return o['rcpt']
                envelope.rcpt_tos.append(address)
                return '250 OK'
            async def handle_DATA(self, server, session, envelope):
                if 'data' in o: return o['data']
                record = {'from': envelope.mail_from, 'to': envelope.rcpt_tos, 'tls': session.ssl is not None,
                          'user': session.auth_data.login.decode() if session.auth_data else None,
                          'content': base64.b64encode(envelope.original_content).decode()}
                record.update(parsed(envelope.original_content))
                print(json.dumps(record), flush=True)
                return '250 2.0.0 taken'

        def authenticate(server, session, envelope, mechanism, data):
            right = isinstance(data, LoginPassword) and data.login == o['user'].encode() and data.password == o['password'].encode()
            return AuthResult(success=right, handled=False, auth_data=data)

        async def main():
            tls = None
            if o.get('certificate'):
                tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                tls.load_cert_chain(o['certificate'], o['key'])
            make = lambda: SMTP(Handler(), tls_context=tls, require_starttls=bool(tls), enable_SMTPUTF8=True, decode_data=False,
                                auth_required='user' in o, auth_require_tls=bool(tls), auth_exclude_mechanism=o.get('exclude', '').split(),
                                authenticator=authenticate if 'user' in o else None, hostname='foreign')
            loop = asyncio.get_running_loop()
            server = await loop.create_server(make, '127.0.0.1', 0)
            print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
            await loop.run_in_executor(None, sys.stdin.read)

        asyncio.run(main())
        """;

    private readonly Process _process;
    private readonly Channel<ForeignMail> _mails = Channel.CreateUnbounded<ForeignMail>();
    private readonly Task _reading;

    private AiosmtpdServer(Process process, int port)
    {
        (_process, Port) = (process, port);
        _reading = ReadAsync();
    }

    public int Port { get; }

    /// <summary>Why it cannot run here, or null.</summary>
    public static string? MissingReason { get; } = FindMissing();

    /// <summary>Starts it; the options are the keys that the script reads: mail, rcpt, data (replies), user, password, certificate, key, exclude.</summary>
    public static async Task<AiosmtpdServer> StartAsync(IReadOnlyDictionary<string, object>? options = null)
    {
        var process = Run(Script, JsonSerializer.Serialize(options ?? new Dictionary<string, object>(StringComparer.Ordinal)));
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("aiosmtpd did not start: " + await process.StandardError.ReadToEndAsync());
        return new AiosmtpdServer(process, JsonDocument.Parse(line).RootElement.GetProperty("port").GetInt32());
    }

    /// <summary>The next mail, in order of arrival; at most 10 s.</summary>
    public async Task<ForeignMail> NextAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        return await _mails.Reader.ReadAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string? FindMissing()
    {
        if (!File.Exists("/usr/bin/python3"))
            return "/usr/bin/python3 is not installed";
        using var process = Run("import aiosmtpd", "");
        process.WaitForExit();
        return process.ExitCode == 0 ? null : "python3-aiosmtpd is not installed";
    }

    private static Process Run(string script, string argument)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["-W", "ignore", "-c", script, argument])
            start.ArgumentList.Add(word);
        return Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            _mails.Writer.TryWrite(JsonSerializer.Deserialize<ForeignMail>(line, JsonSerializerOptions.Web)!); // our own script writes it
        _mails.Writer.Complete();
    }
}
