namespace Loyalty.TestKit;

/// <summary>Where this checkout and its build output are.</summary>
public static class Repository
{
    /// <summary>The folder of Loyalty.sln, found upwards from the running test assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The dotnet host that also runs the tests.</summary>
    public static string Dotnet { get; } =
        Path.GetFileName(Environment.ProcessPath) is "dotnet" ? Environment.ProcessPath! // the condition has just read it
        : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>The built assembly of the project in a folder ("services/mesh"), in the configuration of the running tests; fails when it is not built.</summary>
    public static string AssemblyOf(string folder)
    {
        var project = Directory.GetFiles(Path.Combine(Root, folder), "*.csproj").Single();
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var assembly = Path.Combine(Root, folder, "bin", output.Parent?.Name ?? "Debug", output.Name, Path.GetFileNameWithoutExtension(project) + ".dll");
        return File.Exists(assembly) ? assembly : throw new FileNotFoundException($"{folder} is not built: dotnet build {folder}", assembly);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Loyalty.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Loyalty.sln above {AppContext.BaseDirectory}.");
    }
}
