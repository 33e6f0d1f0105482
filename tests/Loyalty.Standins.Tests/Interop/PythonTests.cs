using System.ComponentModel;
using System.Diagnostics;
using Loyalty.Standins.Tests.Wire;

namespace Loyalty.Standins.Tests.Interop;

/// <summary>Python's grpcio, which shares no code with .NET, calls our server.</summary>
public sealed class PythonTests
{
    private const string Python = "/usr/bin/python3"; // Debian's own; another in the path need not have grpcio

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "interop");

    [Theory]
    [InlineData(null)]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_client_in_Python_finds_everything_as_it_expects(string? responseEncoding)
    {
        await NeedAsync(Python, "-c", "import grpc, google.protobuf");
        await NeedAsync("protoc", "--version");
        await NeedAsync("/bin/sh", "-c", "command -v grpc_python_plugin");
        var stubs = Directory.CreateTempSubdirectory("loyalty-stubs-").FullName;
        try
        {
            var made = await RunAsync(
                "/bin/sh", new(StringComparer.Ordinal), Path.Combine(Folder, "stubs.sh"), stubs, Folder, Path.Combine(Folder, "echo.proto"));
            made.ExitCode.ShouldBe(0, made.Output);
            await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = responseEncoding);

            var run = await RunAsync(
                Python,
                new(StringComparer.Ordinal) { ["PYTHONPATH"] = stubs, ["PYTHONIOENCODING"] = "utf-8", ["PYTHONDONTWRITEBYTECODE"] = "1" },
                Path.Combine(Folder, "echo_client.py"),
                server.Address.Authority);

            TestContext.Current.TestOutputHelper?.WriteLine(run.Output);
            run.ExitCode.ShouldBe(0, run.Output);
            run.Output.ShouldContain("11 of 11 held");
            await server.Log.HasEnded("python-late"); // the deadline ended the call here too
        }
        finally
        {
            Directory.Delete(stubs, recursive: true);
        }
    }

    private static async Task NeedAsync(string program, params string[] arguments)
    {
        try
        {
            var run = await RunAsync(program, new(StringComparer.Ordinal), arguments);
            if (run.ExitCode != 0)
                Skip($"`{program} {string.Join(' ', arguments)}` says {run.Output.Trim()}");
        }
        catch (Win32Exception missing)
        {
            Skip(missing.Message);
        }
    }

    private static void Skip(string why) =>
        Assert.Skip($"Python interop needs python3-grpcio, protobuf-compiler and protobuf-compiler-grpc: {why}");

    private static async Task<(int ExitCode, string Output)> RunAsync(
        string program, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!; // null only with the shell
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
