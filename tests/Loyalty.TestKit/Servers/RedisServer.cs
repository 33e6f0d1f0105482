using System.Net.Sockets;

namespace Loyalty.TestKit;

/// <summary>A private Redis on 127.0.0.1 that writes nothing to disk: whatever stops it empties it.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TempFolder folder = new("redis");
    private readonly ServerProcess server;

    private RedisServer() => server = new ServerProcess("Redis", Launch, AnswersAsync, Signal.Terminate);

    /// <summary>The port on 127.0.0.1, the same after every restart.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>For StackExchange.Redis: "127.0.0.1:port", with admin commands (FLUSHALL) allowed.</summary>
    public string Configuration => $"127.0.0.1:{Port},allowAdmin=true,abortConnect=false";

    /// <summary>Starts a server; about 50 ms.</summary>
    public static async Task<RedisServer> StartAsync(CancellationToken cancellation = default)
    {
        var redis = new RedisServer();
        try
        {
            await redis.server.StartAsync(cancellation);
            return redis;
        }
        catch
        {
            await redis.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it in order.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => server.StopAsync(cancellation);

    /// <summary>Kills it with -9.</summary>
    public Task KillAsync() => server.KillAsync();

    /// <summary>Starts it again, empty, on the same port.</summary>
    public Task StartAgainAsync(CancellationToken cancellation = default) => server.StartAsync(cancellation);

    /// <summary>Freezes it: connections stay open and nothing is answered, until <see cref="Resume"/>.</summary>
    public void Stall() => server.Stall();

    /// <summary>Lets it go on, with what it held before.</summary>
    public void Resume() => server.Resume();

    /// <summary>Empties it.</summary>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync("FLUSHALL\r\n"u8.ToArray(), cancellation);
        if (stream.ReadByte() != '+') throw new InvalidOperationException("Redis did not empty itself.");
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        folder.Dispose();
    }

    private ChildProcess Launch() => ChildProcess.Start(new ChildStart(
        "redis-server", ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder.FullPath])
    {
        LogFile = folder["server.log"],
    });

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellation);
        return stream.ReadByte() == '+';
    }
}
