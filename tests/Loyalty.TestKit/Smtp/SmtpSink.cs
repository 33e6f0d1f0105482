using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Loyalty.TestKit.Smtp;

/// <summary>What the sink offers.</summary>
public sealed record SmtpSinkOptions
{
    public bool StartTls { get; init; }

    public bool ImplicitTls { get; init; }

    /// <summary>With a user MAIL is refused until AUTH has succeeded.</summary>
    public string? User { get; init; }

    public string Password { get; init; } = "";

    public string AuthMechanisms { get; init; } = "PLAIN LOGIN";

    /// <summary>Further EHLO keywords.</summary>
    public IReadOnlyList<string> Offers { get; init; } = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "ENHANCEDSTATUSCODES"];

    /// <summary>Octets read at a time from a connection, with <see cref="ReadPause"/> between them; for slow readers.</summary>
    public int ReadAtOnce { get; init; } = 64 * 1024;

    public TimeSpan ReadPause { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>
/// A fast SMTP server on loopback that records every mail it accepts and misbehaves as told. Clients connect by TCP, from this
/// process or another. What a correct client never does is noted in <see cref="Violations"/>.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedMail> _received = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<int, SinkConnection> _connections = new();
    private readonly List<Rule> _rules = [];
    private readonly SmtpSinkOptions _options;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _connectionCount;

    private SmtpSink(SmtpSinkOptions options, int port)
    {
        _options = options;
        Port = port;
        Listen();
    }

    public int Port { get; private set; }

    /// <summary>Every accepted mail, in order.</summary>
    public IReadOnlyList<ReceivedMail> Received => [.. _received];

    public int ReceivedCount => _received.Count;

    /// <summary>Bare CR or LF, lines over 998 octets, undeclared 8bit, wrong SIZE, commands in the wrong order, passwords in the clear.</summary>
    public IReadOnlyList<string> Violations => [.. _violations];

    /// <summary>Connections accepted so far.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Connections open now.</summary>
    public int OpenConnections => _connections.Count;

    /// <summary>Listens on loopback; port 0 takes a free one.</summary>
    public static SmtpSink Start(SmtpSinkOptions? options = null, int port = 0) => new(options ?? new(), port);

    /// <summary>Misbehaves at this moment, the next <paramref name="times"/> times. The oldest rule that still holds wins.</summary>
    public SmtpSink At(SinkMoment moment, SinkFault fault, int times = int.MaxValue)
    {
        lock (_rules)
            _rules.Add(new(moment, fault, times, null, 1));
        return this;
    }

    /// <summary>Misbehaves at this moment with this probability, reproducibly as far as the order of commands is.</summary>
    public SmtpSink AtRandom(SinkMoment moment, SinkFault fault, double probability, int seed)
    {
        lock (_rules)
            _rules.Add(new(moment, fault, int.MaxValue, new Random(seed), probability));
        return this;
    }

    /// <summary>Forgets all faults.</summary>
    public void Heal()
    {
        lock (_rules)
            _rules.Clear();
    }

    /// <summary>Closes the listener and resets every connection; <see cref="Resume"/> listens on the same port again.</summary>
    public async Task StopAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
        DropConnections();
    }

    public void Resume() => Listen();

    /// <summary>Resets every open connection and goes on listening.</summary>
    public void DropConnections()
    {
        foreach (var connection in _connections.Values)
            connection.Reset();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Task.WhenAll(_connections.Values.Select(c => c.Running));
    }

    internal SinkFault? FaultAt(SinkMoment moment)
    {
        lock (_rules)
        {
            var rule = _rules.Find(r => r.Moment == moment && r.Times > 0 && (r.Random is null || r.Random.NextDouble() < r.Probability));
            if (rule is null)
                return null;
            if (rule.Times != int.MaxValue)
                rule.Times--;
            return rule.Fault;
        }
    }

    internal void Accept(ReceivedMail mail) => _received.Enqueue(mail);

    internal void Note(string violation) => _violations.Enqueue(violation);

    private void Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        listener.Listen(512);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            socket.NoDelay = true;
            var number = Interlocked.Increment(ref _connectionCount);
            var connection = new SinkConnection(this, _options, socket, number);
            _connections[number] = connection;
            connection.Start(() => _connections.TryRemove(number, out _));
        }
    }

    private sealed record Rule(SinkMoment Moment, SinkFault Fault, int Times, Random? Random, double Probability)
    {
        public int Times { get; set; } = Times;
    }
}
