using System.Diagnostics;

namespace Loyalty.TestKit;

/// <summary>What to start: an executable and its arguments.</summary>
public sealed record ChildStart(string Executable, IReadOnlyList<string> Arguments)
{
    /// <summary>Added to this process's environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?>? Environment { get; init; }

    /// <summary>Defaults to this process's working directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Where the output is also written, line by line; nowhere by default.</summary>
    public string? LogFile { get; init; }

    /// <summary>The account it runs as; only root can choose one. Null keeps our own.</summary>
    public string? User { get; init; }

    internal ProcessStartInfo ToStartInfo()
    {
        var info = new ProcessStartInfo("setpriv")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = WorkingDirectory ?? "",
        };
        info.ArgumentList.Add("--pdeathsig");
        info.ArgumentList.Add("KILL");
        if (User is not null)
        {
            info.ArgumentList.Add($"--reuid={User}");
            info.ArgumentList.Add($"--regid={User}");
            info.ArgumentList.Add("--init-groups");
        }

        info.ArgumentList.Add("--");
        info.ArgumentList.Add(Executable);
        foreach (var argument in Arguments) info.ArgumentList.Add(argument);
        foreach (var (key, value) in Environment ?? new Dictionary<string, string?>(StringComparer.Ordinal)) info.Environment[key] = value;
        return info;
    }
}
