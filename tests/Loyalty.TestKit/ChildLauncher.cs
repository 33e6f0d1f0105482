using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Loyalty.TestKit;

// "Die with your parent" (PR_SET_PDEATHSIG) watches the thread that forked, not the process. Pool threads come and go,
// and would take their children with them, so one thread that lives as long as the process starts them all.
internal static class ChildLauncher
{
    private static readonly BlockingCollection<Action> Work = [];

    static ChildLauncher() => new Thread(Loop) { IsBackground = true, Name = "child processes" }.Start();

    public static void Run(Action start)
    {
        using var done = new ManualResetEventSlim();
        ExceptionDispatchInfo? failure = null;
        Work.Add(() =>
        {
            try
            {
                start();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        failure?.Throw();
    }

    private static void Loop()
    {
        foreach (var start in Work.GetConsumingEnumerable()) start();
    }
}
