using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Loyalty.TestKit;

/// <summary>Loopback ports for servers that must be told one.</summary>
public static class Ports
{
    // Below Linux's range for outgoing connections (32768 and up): a server that is down for a moment finds its port free again.
    private const int First = 15_000;
    private const int Last = 32_000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port on 127.0.0.1 that nobody listens on; never the same twice in one process.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, Last);
            if (!Given.TryAdd(port, true)) continue;
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken: try another
            }
        }
    }
}
