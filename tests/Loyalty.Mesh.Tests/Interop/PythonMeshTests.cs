using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Interop;

/// <summary>Python's grpcio, which shares no code with .NET, calls the running mesh.</summary>
public sealed class PythonMeshTests
{
    private const string Python = "/usr/bin/python3"; // Debian's own; another in the path need not have grpcio

    private static readonly string Clients = Path.Combine(Repository.Root, "tests", "interop");

    [Fact]
    public async Task A_client_in_Python_finds_everything_as_it_expects()
    {
        using var stubs = await StubsAsync();
        await using var mesh = await MeshDeployment.StartAsync();

        var output = await RunAsync(stubs, Path.Combine(Clients, "mesh_client.py"), mesh.Authority);

        output.ShouldContain("5 of 5 held");
    }

    [Fact]
    public async Task The_Python_of_the_README_works_as_it_stands()
    {
        using var stubs = await StubsAsync();
        await using var mesh = await MeshDeployment.StartAsync();
        var example = Readme.Block("python");
        example.ShouldContain("127.0.0.1:8080");
        await File.WriteAllTextAsync(stubs["example.py"], example.Replace("127.0.0.1:8080", mesh.Authority, StringComparison.Ordinal));

        var output = await RunAsync(stubs, stubs["example.py"]);

        output.ShouldContain("OUTCOME_UNKNOWN"); // nobody has the card yet
    }

    private static async Task<TempFolder> StubsAsync()
    {
        await NeedAsync(Python, "-c", "import grpc, google.protobuf");
        await NeedAsync("protoc", "--version");
        await NeedAsync("/bin/sh", "-c", "command -v grpc_python_plugin");
        await NeedAsync("/bin/sh", "-c", "ls /usr/include/google/protobuf/any.proto");
        var stubs = new TempFolder("stubs");
        try
        {
            var protos = Path.Combine(Repository.Root, "protos");
            await MakeAsync(stubs, protos, [.. Directory.EnumerateFiles(Path.Combine(protos, "loyalty"), "*.proto", SearchOption.AllDirectories)]);
            await MakeAsync(stubs, Clients, Path.Combine(Clients, "status.proto"));
            return stubs;
        }
        catch
        {
            stubs.Dispose();
            throw;
        }
    }

    private static async Task MakeAsync(TempFolder stubs, string root, params string[] protos)
    {
        var (exitCode, output) = await RunAsync(new ChildStart("/bin/sh", [Path.Combine(Clients, "stubs.sh"), stubs.FullPath, root, .. protos]));
        exitCode.ShouldBe(0, output);
    }

    private static async Task NeedAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(new ChildStart(program, arguments));
        if (exitCode != 0)
            Assert.Skip($"Python interop needs python3-grpcio, protobuf-compiler, libprotobuf-dev and protobuf-compiler-grpc: `{program} {string.Join(' ', arguments)}` says {output.Trim()}");
    }

    private static async Task<string> RunAsync(TempFolder stubs, params string[] arguments)
    {
        var environment = new Dictionary<string, string?> { ["PYTHONPATH"] = stubs.FullPath, ["PYTHONIOENCODING"] = "utf-8", ["PYTHONDONTWRITEBYTECODE"] = "1" };
        var (exitCode, output) = await RunAsync(new ChildStart(Python, arguments) { Environment = environment });
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        exitCode.ShouldBe(0, output);
        return output;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(ChildStart start)
    {
        await using var child = ChildProcess.Start(start);
        return (await child.WaitForExitAsync(TimeSpan.FromMinutes(1)), child.Output);
    }
}
