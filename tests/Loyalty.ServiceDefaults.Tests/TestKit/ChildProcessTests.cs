using System.Diagnostics;
using Loyalty.TestKit;

namespace Loyalty.ServiceDefaults.Tests.TestKit;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Captures_both_streams_and_the_exit_code()
    {
        await using var child = Shell("echo out; echo err >&2; exit 3");
        (await child.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken)).ShouldBe(3);
        child.Lines.Order(StringComparer.Ordinal).ShouldBe(["err", "out"]);
    }

    [Fact]
    public async Task Waits_for_a_line_and_fails_with_the_output_when_the_process_ends_without_it()
    {
        await using var child = Shell("echo ready; exec cat /dev/zero > /dev/null");
        (await child.WaitForLineAsync("read", cancellation: TestContext.Current.CancellationToken)).ShouldBe("ready");
        await using var other = Shell("echo something else");
        (await Should.ThrowAsync<InvalidOperationException>(() => other.WaitForLineAsync("ready", cancellation: TestContext.Current.CancellationToken))).Message.ShouldContain("something else");
    }

    [Fact]
    public async Task Is_asked_to_stop_before_it_is_killed()
    {
        await using var child = Shell("trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.02; done");
        await child.WaitForLineAsync("ready", cancellation: TestContext.Current.CancellationToken);
        child.Terminate();
        (await child.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken)).ShouldBe(0);
        child.Output.ShouldContain("asked");
    }

    [Fact]
    public async Task Stalls_and_goes_on()
    {
        await using var child = Shell("i=0; while :; do i=$((i + 1)); echo $i; sleep 0.01; done");
        await Eventually.TrueAsync(() => child.Lines.Count > 3);
        child.Stall();
        await Eventually.TrueAsync(() => StateOf(child) == 'T');
        var stalled = child.Lines.Count;
        child.Resume();
        await Eventually.TrueAsync(() => child.Lines.Count > stalled + 3);
        await child.KillAsync();
        child.ExitCode.ShouldBe(128 + 9);
    }

    [Fact]
    public async Task Reads_the_memory_of_a_running_process()
    {
        await using var child = Shell("echo ready; exec cat /dev/zero > /dev/null");
        await child.WaitForLineAsync("ready", cancellation: TestContext.Current.CancellationToken);
        child.ResidentBytes.ShouldBeInRange(100_000, 100_000_000);
        child.PeakResidentBytes.ShouldBeGreaterThanOrEqualTo(child.ResidentBytes);
    }

    [Fact]
    public async Task Outlives_the_thread_that_started_it()
    {
        // The kernel's "die with your parent" means the starting thread, so a naive start loses the child here.
        ChildProcess? child = null;
        var thread = new Thread(() => child = Shell("echo ready; while :; do sleep 0.02; echo alive; done"));
        thread.Start();
        thread.Join();
        await using var started = child.ShouldNotBeNull();
        await Eventually.TrueAsync(() => started.Lines.Count > 10);
        started.HasExited.ShouldBeFalse();
    }

    [Fact]
    public async Task Dies_when_its_parent_is_killed()
    {
        await using var parent = Shell("setpriv --pdeathsig KILL sleep 600 & echo child $!; wait");
        var line = await parent.WaitForLineAsync("child", cancellation: TestContext.Current.CancellationToken);
        var grandchild = int.Parse(line["child ".Length..], System.Globalization.CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => File.Exists($"/proc/{grandchild}/cmdline") && File.ReadAllText($"/proc/{grandchild}/cmdline").StartsWith("sleep", StringComparison.Ordinal));
        await parent.KillAsync();
        await Eventually.TrueAsync(() => !IsAlive(grandchild));
    }

    [Fact]
    public async Task Starts_a_built_project_of_this_repository_by_its_folder()
    {
        await using var child = ChildProcess.StartProject("tests/Loyalty.ServiceDefaults.Tests", ["-assemblyInfo"]);
        (await child.WaitForExitAsync(cancellation: TestContext.Current.CancellationToken)).ShouldBe(0);
        child.Output.ShouldContain("arch-process");
    }

    private static ChildProcess Shell(string script) => ChildProcess.Start(new ChildStart("sh", ["-c", script]));

    private static char StateOf(ChildProcess child) => File.ReadAllText($"/proc/{child.Id}/stat").Split(") ")[1][0];

    // A killed orphan may rest as a zombie until somebody collects it.
    private static bool IsAlive(int id) => File.Exists($"/proc/{id}/stat") && File.ReadAllText($"/proc/{id}/stat").Split(") ")[1][0] != 'Z';
}
