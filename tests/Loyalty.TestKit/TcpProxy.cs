using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Loyalty.TestKit;

/// <summary>A loopback TCP proxy in front of a server, to slow it down, cut it off or let it fall silent without touching it.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly int targetPort;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<Socket, bool> open = new();
    private readonly Lock gate = new();
    private Socket? listener;
    private TaskCompletionSource flow = Flowing();

    /// <summary>Starts to forward from a free port to a port on 127.0.0.1.</summary>
    public TcpProxy(int targetPort)
    {
        this.targetPort = targetPort;
        Port = Ports.Free();
        Listen();
    }

    /// <summary>Where to connect on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>How long each piece of data is held back, in both directions; none by default.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many connections were ever accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>Resets every connection and refuses new ones.</summary>
    public void Cut()
    {
        lock (gate)
        {
            listener?.Dispose();
            listener = null;
        }

        foreach (var socket in open.Keys) Reset(socket);
    }

    /// <summary>Keeps connections open and accepts new ones, but lets nothing through: what is sent meanwhile arrives after <see cref="Restore"/>.</summary>
    public void FallSilent()
    {
        lock (gate)
            if (flow.Task.IsCompleted) flow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Forwards again.</summary>
    public void Restore()
    {
        lock (gate)
        {
            flow.TrySetResult();
            if (listener is null) Listen();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Cut();
        stopping.Dispose();
    }

    private static TaskCompletionSource Flowing()
    {
        var flowing = new TaskCompletionSource();
        flowing.SetResult();
        return flowing;
    }

    private void Listen()
    {
        listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        listener.Listen();
        _ = AcceptAsync(listener);
    }

    private async Task AcceptAsync(Socket from)
    {
        try
        {
            while (true)
            {
                var client = await from.AcceptAsync(stopping.Token);
                Accepted++;
                _ = ForwardAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // cut or disposed
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        open[client] = open[server] = true;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, targetPort, stopping.Token);
            await Task.WhenAll(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Reset(client);
        }
        finally
        {
            open.TryRemove(client, out _);
            open.TryRemove(server, out _);
            client.Dispose();
            server.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                var count = await from.ReceiveAsync(buffer, stopping.Token);
                if (Delay > TimeSpan.Zero) await Task.Delay(Delay, stopping.Token);
                await flow.Task.WaitAsync(stopping.Token);
                if (count == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }

                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), stopping.Token);
            }
        }
        catch
        {
            // One side is gone: the other must hear of it, or its pump would wait for ever.
            Reset(to);
            throw;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // already gone
        }
    }
}
