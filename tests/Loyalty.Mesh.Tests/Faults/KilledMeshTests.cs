using System.Collections.Concurrent;
using Grpc.Core;
using Loyalty.Communications.V1;
using Loyalty.Mesh.Tests.Deployments;
using Loyalty.TestKit;

namespace Loyalty.Mesh.Tests.Faults;

/// <summary>The mesh killed with -9 at any moment, again and again.</summary>
public sealed class KilledMeshTests
{
    private const int Rounds = 5;

    [Theory]
    [InlineData(2026)]
    public async Task A_mesh_that_is_killed_at_random_moments_loses_no_accepted_mailing_and_no_event(int seed)
    {
        var random = new Random(seed);
        await using var mesh = await MeshDeployment.StartAsync(TwoDispatchers.Impatient);
        var crowd = new Crowd(mesh);
        await crowd.JoinAsync(4);
        var (promotion, receipt) = (await crowd.TemplateAsync(MailingClass.Promotion), await crowd.TemplateAsync(MailingClass.Transactional));
        var newcomers = new List<Newcomer>();
        var morning = new DateTimeOffset(crowd.Now.UtcDateTime.Date.AddDays(1).AddHours(9), TimeSpan.Zero); // ten in Warsaw
        for (var round = 0; round < Rounds; round++)
        {
            await crowd.StepToAsync(morning.AddDays(round), TimeSpan.FromMinutes(30));
            var calls = new ConcurrentQueue<Func<Task>>();
            for (var i = 0; i < 6; i++)
            {
                var newcomer = new Newcomer(crowd);
                newcomers.Add(newcomer);
                calls.Enqueue(newcomer.JoinAsync);
            }

            foreach (var person in crowd.People)
            {
                calls.Enqueue(SubmitCall(person, promotion, crowd.Now.AddDays(2)));
                calls.Enqueue(SubmitCall(person, receipt, crowd.Now.AddDays(2)));
            }

            await KillInTheMidstAsync(mesh, calls, random.Next(1, calls.Count));
            await mesh.StartAgainAsync("mesh");
            // What had no answer is said again under the same request id; what had one is not.
            await RunAsync(calls);
            mesh.Clock.AdvanceTo(crowd.Now + TimeSpan.FromMinutes(16)); // what had been committed is released, what had been handed over is lost
        }

        foreach (var newcomer in newcomers)
            await newcomer.UntilHeardAsync();

        await crowd.StepToTheEndAsync(TimeSpan.FromMinutes(30));
        var states = await crowd.JudgeAsync();
        states.Count.ShouldBe(Rounds * 4 * 2);
        states.Values.Count(state => state == MailingState.Sent).ShouldBeGreaterThan(Rounds * 4, "the receipts at least");

        Func<Task> SubmitCall(Person person, string template, DateTimeOffset expiresAt)
        {
            var requestId = Stories.People.NewId();
            return () => crowd.SubmitAsync(person, template, expiresAt, requestId: requestId);
        }
    }

    /// <summary>Runs calls side by side, kills the mesh as soon as so many were answered, and leaves those without an answer in the queue.</summary>
    private static async Task KillInTheMidstAsync(MeshDeployment mesh, ConcurrentQueue<Func<Task>> calls, int afterAnswers)
    {
        var (answers, killed) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var unanswered = new ConcurrentBag<Func<Task>>();
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!killed.Task.IsCompleted && calls.TryDequeue(out var call))
            {
                try
                {
                    await call();
                    if (Interlocked.Increment(ref answers) == afterAnswers)
                        killed.TrySetResult();
                }
                catch (RpcException)
                {
                    unanswered.Add(call);
                }
            }
        })).ToList();
        await Task.WhenAny(killed.Task, Task.WhenAll(workers));
        await mesh.KillAsync("mesh");
        await Task.WhenAll(workers);
        answers.ShouldBeGreaterThanOrEqualTo(afterAnswers);
        foreach (var call in unanswered)
            calls.Enqueue(call);
    }

    private static async Task RunAsync(ConcurrentQueue<Func<Task>> calls)
    {
        while (calls.TryDequeue(out var call))
            await Eventually.TrueAsync(
                async () =>
                {
                    await call();
                    return true;
                },
                TimeSpan.FromSeconds(30), "an unanswered call is answered when it is said again");
    }
}
