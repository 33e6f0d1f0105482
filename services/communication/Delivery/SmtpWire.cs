using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Loyalty.Communications.Delivery;

/// <summary>The connection can no longer be used. The message is ours and holds no personal value.</summary>
internal sealed class WireBrokenException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>
/// Lines out, replies in. Every operation has a timeout, and running over it (or cancelling) breaks the connection: a
/// conversation that lost its place cannot be resumed. Not safe for concurrent use but for <see cref="Break"/>.
/// </summary>
internal sealed class SmtpWire : IDisposable
{
    private const int LongestLine = 2048; // RFC 5321 says 512; be lenient, but bounded
    private const int MostLines = 128;

    private static readonly CancellationToken NotThisWay = CancellationToken.None; // Break does it, also for reads that are already under way

    private readonly Socket _socket;
    private readonly TimeProvider _clock;
    private readonly ITimer _watchdog;
    private readonly ArrayBufferWriter<byte> _queued = new(512);
    private readonly byte[] _input = new byte[4096];
    private Stream _stream;
    private int _start, _end;
    private Task<int>? _reading;
    private long _watchedUntil = long.MaxValue;
    private string? _brokenBy;

    private SmtpWire(Socket socket, TimeProvider clock)
    {
        (_socket, _clock, _stream) = (socket, clock, Stream.Null);
        _watchdog = clock.CreateTimer(static wire => ((SmtpWire)wire!).TimeOut(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsBroken => Volatile.Read(ref _brokenBy) is not null;

    public bool IsSecure => _stream is SslStream;

    public IPAddress LocalAddress => ((IPEndPoint)_socket.LocalEndPoint!).Address; // set: only made from a connected socket

    /// <summary>Whether the server has said something, or closed, without having been asked.</summary>
    public bool HasUnaskedInput
    {
        get
        {
            try
            {
                return IsBroken || _start < _end || _socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <exception cref="WireBrokenException">No connection within <paramref name="timeout"/>.</exception>
    public static async Task<SmtpWire> ConnectAsync(string host, int port, TimeSpan timeout, TimeProvider clock, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var wire = new SmtpWire(socket, clock);
        try
        {
            using var cancelled = wire.BreakWhen(cancel);
            using var late = new CancellationTokenSource(timeout, clock); // a name that is being looked up does not notice a closed socket
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
            await wire.Guard(timeout, () => socket.ConnectAsync(host, port, either.Token).AsTask());
            wire._stream = new NetworkStream(socket, ownsSocket: false);
            return wire;
        }
        catch
        {
            wire.Dispose();
            throw;
        }
    }

    /// <summary>Begins TLS. What the server said beforehand in the clear and we have not read is an injection, and breaks the connection.</summary>
    public async Task SecureAsync(SslClientAuthenticationOptions options, TimeSpan timeout)
    {
        if (_start < _end)
        {
            Break("text after the reply to STARTTLS");
            throw new WireBrokenException(_brokenBy!); // set by Break
        }

        var tls = new SslStream(_stream, leaveInnerStreamOpen: true);
        await Guard(timeout, () => tls.AuthenticateAsClientAsync(options, NotThisWay));
        _stream = tls;
    }

    /// <summary>Keeps a command for the next <see cref="FlushAsync"/>. Callers pass only what they have checked: a line break is a bug.</summary>
    public void Queue(string command)
    {
        if (command.AsSpan().ContainsAny('\r', '\n', '\0'))
            throw new ArgumentException("A command must be one line.", nameof(command));
        Encoding.UTF8.GetBytes(command, _queued);
        _queued.Write("\r\n"u8);
    }

    public async Task FlushAsync(TimeSpan timeout)
    {
        await WriteAsync(_queued.WrittenMemory, timeout);
        _queued.Clear(); // not only reset: a password may stand in it
    }

    public Task WriteAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout) =>
        Guard(timeout, () => _stream.WriteAsync(octets, NotThisWay).AsTask());

    public async Task<SmtpReply> AskAsync(string command, TimeSpan timeout)
    {
        Queue(command);
        await FlushAsync(timeout);
        return await ReadReplyAsync(timeout);
    }

    /// <summary>
    /// Starts waiting for the next reply. True when the server has already said something or closed, which before the final dot
    /// means that the dot must not leave: what would come back could not be told from a reply to it.
    /// </summary>
    public bool StartReading()
    {
        if (_start < _end)
            return true;
        _reading ??= _stream.ReadAsync(_input.AsMemory(), NotThisWay).AsTask();
        return _reading.IsCompleted;
    }

    /// <exception cref="WireBrokenException">No reply within <paramref name="timeout"/>, or not one.</exception>
    public async Task<SmtpReply> ReadReplyAsync(TimeSpan timeout)
    {
        SmtpReply? reply = null;
        await Guard(timeout, async () => reply = await ReadReplyAsync());
        return reply!; // set: Guard throws otherwise
    }

    /// <summary>Breaks the connection when cancelled.</summary>
    public CancellationTokenRegistration BreakWhen(CancellationToken cancel) =>
        cancel.UnsafeRegister(static wire => ((SmtpWire)wire!).Break("cancelled"), this);

    /// <summary>Closes at once, with a reset: what is on the way is not finished. The first reason stays.</summary>
    public void Break(string reason)
    {
        if (Interlocked.CompareExchange(ref _brokenBy, reason, null) is null)
            _socket.Close(0);
    }

    public void Dispose()
    {
        Interlocked.CompareExchange(ref _brokenBy, "closed", null);
        _watchdog.Dispose();
        // A read that nobody waits for any more ends with a fault that nobody would look at.
        _ = _reading?.ContinueWith(static r => r.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _stream.Dispose();
        _socket.Dispose();
    }

    private async Task<SmtpReply> ReadReplyAsync()
    {
        var lines = new List<string>(1);
        var firstCode = 0;
        while (lines.Count < MostLines)
        {
            var (code, isLast, text) = await ReadLineAsync();
            if (lines.Count > 0 && code != firstCode)
                throw new InvalidDataException("a reply with two codes");
            firstCode = code;
            lines.Add(text);
            if (isLast)
                return SmtpReply.Of(code, lines);
        }

        throw new InvalidDataException("a reply with too many lines");
    }

    private async Task<(int Code, bool IsLast, string Text)> ReadLineAsync()
    {
        while (true)
        {
            var length = _input.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length > LongestLine || length < 0 && _end - _start > LongestLine)
                throw new InvalidDataException("a reply line that is too long");
            if (length >= 0)
            {
                var line = _input.AsSpan(_start, length);
                _start += length + 1;
                return SmtpReply.TryReadLine(line.TrimEnd((byte)'\r'), out var code, out var isLast, out var text)
                    ? (code, isLast, text)
                    : throw new InvalidDataException("a line that is no reply");
            }

            await FillAsync();
        }
    }

    private async Task FillAsync()
    {
        if (_reading is null)
        {
            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
        }
        else
        {
            (_start, _end) = (0, 0); // StartReading found the buffer empty and reads to its start
        }

        var count = _reading is { } reading ? await reading : await _stream.ReadAsync(_input.AsMemory(_end), NotThisWay);
        _reading = null;
        if (count == 0)
            throw new EndOfStreamException();
        _end += count;
    }

    private async Task Guard(TimeSpan timeout, Func<Task> work)
    {
        if (IsBroken)
            throw new WireBrokenException(_brokenBy!); // IsBroken says it is set
        Watch(timeout);
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or AuthenticationException or InvalidDataException or InvalidOperationException or OperationCanceledException)
        {
            Break(e switch
            {
                EndOfStreamException => "the server closed the connection",
                AuthenticationException => "TLS failed",
                InvalidDataException => e.Message,
                OperationCanceledException => "no connection in time",
                _ => "the connection failed",
            });
            throw new WireBrokenException(_brokenBy!, e); // set by Break
        }
        finally
        {
            Watch(Timeout.InfiniteTimeSpan);
        }
    }

    private void Watch(TimeSpan timeout)
    {
        var forever = timeout == Timeout.InfiniteTimeSpan;
        var least = timeout > TimeSpan.FromMilliseconds(1) ? timeout : TimeSpan.FromMilliseconds(1);
        Volatile.Write(ref _watchedUntil, forever ? long.MaxValue : _clock.GetTimestamp() + (long)(least.TotalSeconds * _clock.TimestampFrequency));
        _watchdog.Change(forever ? Timeout.InfiniteTimeSpan : least, Timeout.InfiniteTimeSpan);
    }

    private void TimeOut()
    {
        var left = _clock.GetElapsedTime(_clock.GetTimestamp(), Volatile.Read(ref _watchedUntil));
        // A timer may fire a little early, or late for a wait that is over.
        if (left <= TimeSpan.FromMilliseconds(20))
            Break("no answer in time");
    }
}
