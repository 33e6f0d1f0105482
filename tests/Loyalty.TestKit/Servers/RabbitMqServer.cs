using System.Net.Sockets;

namespace Loyalty.TestKit;

/// <summary>A private RabbitMQ node on 127.0.0.1 without plugins, its data in a temporary folder.</summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private const string Programs = "/usr/lib/rabbitmq/bin"; // the wrappers in /usr/sbin change the user

    private readonly TempFolder folder = new("rabbitmq");
    private readonly int epmdPort = Ports.Free();
    private readonly int distributionPort = Ports.Free();
    private readonly ServerProcess server;
    private ChildProcess? epmd;

    private RabbitMqServer() => server = new ServerProcess("RabbitMQ", Launch, AnswersAsync, Signal.Terminate);

    /// <summary>The AMQP port on 127.0.0.1, the same after every restart.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Starts a node; 2 to 13 s, as busy as the machine is.</summary>
    public static async Task<RabbitMqServer> StartAsync(CancellationToken cancellation = default)
    {
        var rabbit = new RabbitMqServer();
        try
        {
            await rabbit.PrepareAsync(cancellation);
            await rabbit.server.StartAsync(cancellation);
            return rabbit;
        }
        catch
        {
            await rabbit.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a virtual host whose name begins with the given one, guest has every right in it, and returns its amqp:// address.</summary>
    public async Task<Uri> CreateVhostAsync(string name, CancellationToken cancellation = default)
    {
        var vhost = TestNames.Unique(name);
        // One call for both steps: each start of rabbitmqctl costs a quarter of a second and more.
        await ControlAsync(
            ["eval", $"ok = rabbit_vhost:add(<<\"{vhost}\">>, <<\"test\">>), ok = rabbit_auth_backend_internal:set_permissions(<<\"guest\">>, <<\"{vhost}\">>, <<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"test\">>)."],
            cancellation);
        return new Uri($"amqp://guest:guest@127.0.0.1:{Port}/{vhost}");
    }

    /// <summary>Runs rabbitmqctl against this node and returns what it wrote; fails when it fails.</summary>
    public async Task<string> ControlAsync(IReadOnlyList<string> arguments, CancellationToken cancellation = default)
    {
        await using var rabbitmqctl = ChildProcess.Start(new ChildStart($"{Programs}/rabbitmqctl", ["--quiet", .. arguments]) { Environment = Variables() });
        var code = await rabbitmqctl.WaitForExitAsync(TimeSpan.FromSeconds(60), cancellation);
        return code == 0 ? rabbitmqctl.Output : throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} failed:\n{rabbitmqctl.Output}");
    }

    /// <summary>Stops it in order.</summary>
    public Task StopAsync(CancellationToken cancellation = default) => server.StopAsync(cancellation);

    /// <summary>Kills it with -9.</summary>
    public Task KillAsync() => server.KillAsync();

    /// <summary>Starts it again on the same port and data.</summary>
    public Task StartAgainAsync(CancellationToken cancellation = default) => server.StartAsync(cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        if (epmd is not null) await epmd.DisposeAsync();
        folder.Dispose();
    }

    private async Task PrepareAsync(CancellationToken cancellation)
    {
        if (!File.Exists($"{Programs}/rabbitmq-server")) throw new FileNotFoundException("Debian's rabbitmq-server is not installed; tests/run installs it.");
        await File.WriteAllTextAsync(folder["enabled_plugins"], "[].\n", cancellation);
        await File.WriteAllTextAsync(
            folder["rabbitmq.conf"],
            """
            log.console = true
            log.console.level = warning
            log.file = false
            disk_free_limit.absolute = 50MB
            """,
            cancellation);

        // The node would start a port mapper of its own, as a daemon that outlives everything.
        epmd = ChildProcess.Start(new ChildStart("epmd", ["-port", $"{epmdPort}", "-address", "127.0.0.1"]) { LogFile = folder["epmd.log"] });
        await Eventually.TrueAsync(
            async () =>
            {
                using var client = new TcpClient();
                await client.ConnectAsync("127.0.0.1", epmdPort, cancellation);
                return true;
            },
            expected: "epmd listens");
    }

    private ChildProcess Launch() => ChildProcess.Start(new ChildStart($"{Programs}/rabbitmq-server", [])
    {
        Environment = Variables(),
        LogFile = folder["server.log"],
    });

    private Dictionary<string, string?> Variables() => new(StringComparer.Ordinal)
    {
        ["HOME"] = folder.FullPath, // for the Erlang cookie
        ["RABBITMQ_NODENAME"] = $"loyalty{Port}@localhost",
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = $"{Port}",
        ["RABBITMQ_DIST_PORT"] = $"{distributionPort}",
        ["ERL_EPMD_PORT"] = $"{epmdPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_MNESIA_BASE"] = folder["mnesia"],
        ["RABBITMQ_LOG_BASE"] = folder["log"],
        ["RABBITMQ_PID_FILE"] = folder["pid"],
        ["RABBITMQ_CONF_ENV_FILE"] = "/dev/null",
        ["RABBITMQ_CONFIG_FILE"] = folder["rabbitmq"],
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = folder["enabled_plugins"],
        ["RABBITMQ_GENERATED_CONFIG_DIR"] = folder["config"],
        ["RABBITMQ_FEATURE_FLAGS_FILE"] = folder["feature_flags"],
        ["RUNNING_UNDER_SYSTEMD"] = "true", // the script then becomes the node instead of waiting for it as its parent
        ["NOTIFY_SOCKET"] = null,
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "+sbwt none +sbwtdcpu none +sbwtdio none", // an idle node burns no processor
    };

    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port, cancellation);
        var stream = client.GetStream();
        await stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellation);
        var frame = new byte[1];
        return await stream.ReadAsync(frame, cancellation) == 1 && frame[0] == 1; // a method frame: Connection.Start
    }
}
