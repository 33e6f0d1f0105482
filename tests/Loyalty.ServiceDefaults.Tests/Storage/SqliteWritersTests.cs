using Loyalty.ServiceDefaults.Storage;

namespace Loyalty.ServiceDefaults.Tests.Storage;

/// <summary>What those who share a commit owe to each other.</summary>
public sealed class SqliteWritersTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private TestDatabase store = null!; // set in InitializeAsync

    private Database Database => store.Database;

    public async ValueTask InitializeAsync()
    {
        store = await TestDatabase.CreateAsync(Provider.Sqlite);
        await Database.WriteAsync(tx => tx.ExecuteAsync("CREATE TABLE things (n INTEGER PRIMARY KEY)"), Ct);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task A_refusal_is_told_only_when_what_it_was_judged_by_is_committed()
    {
        var release = new TaskCompletionSource();
        var holder = Database.WriteAsync(_ => release.Task, Ct);
        var first = InsertAsync(1);
        var refused = RefusedAsync();
        var last = Database.WriteAsync(
            async _ =>
            {
                try
                {
                    await refused.WaitAsync(TimeSpan.FromSeconds(1), Ct); // time enough to tell it too early
                }
                catch (TimeoutException)
                {
                    // It waits for this act, as it should.
                }
            },
            Ct);
        release.SetResult();

        (await refused).ShouldBe([1]);
        await Task.WhenAll(holder, first, last);

        async Task<List<int>> RefusedAsync()
        {
            await Should.ThrowAsync<TakenException>(() => Database.WriteAsync(
                async tx =>
                {
                    if (await tx.SingleAsync<long>("SELECT count(*) FROM things") > 0)
                        throw new TakenException();
                },
                Ct));
            return await ReadAsync();
        }
    }

    [Fact]
    public async Task Acts_that_fail_one_after_another_do_not_put_off_the_commit_of_one_that_succeeded()
    {
        const int Most = 1000;
        var release = new TaskCompletionSource();
        var holder = Database.WriteAsync(_ => release.Task, Ct);
        var good = InsertAsync(1);
        var failing = new List<Task>();
        Fail();
        release.SetResult();
        await good;
        await holder;

        var before = failing.Count;
        for (var i = 0; i < failing.Count; i++)
            await Should.ThrowAsync<TakenException>(() => failing[i]);
        before.ShouldBeLessThan(Most);

        // Each brings the next before it fails, so that somebody always waits.
        void Fail() => failing.Add(Database.WriteAsync(
            _ =>
            {
                if (failing.Count < Most && !good.IsCompleted)
                    Fail();
                throw new TakenException();
            },
            Ct));
    }

    [Fact]
    public async Task When_the_file_gives_up_on_the_shared_transaction_nobody_in_it_is_told_that_it_was_kept()
    {
        var release = new TaskCompletionSource();
        var holder = Database.WriteAsync(_ => release.Task, Ct);
        var innocent = InsertAsync(1);
        var culprit = Database.WriteAsync(
            async tx =>
            {
                await tx.ExecuteAsync("ROLLBACK"); // as SQLite itself does when the disk is full
                throw new TakenException();
            },
            Ct);
        var later = InsertAsync(2);
        release.SetResult();

        await Should.ThrowAsync<TakenException>(() => culprit);
        foreach (var undone in new[] { holder, innocent })
            (await Should.ThrowAsync<Exception>(() => undone)).ShouldBeAssignableTo<SystemException>();
        await later;
        (await ReadAsync()).ShouldBe([2]);
    }

    private Task<int> InsertAsync(int n) => Database.WriteAsync(tx => tx.ExecuteAsync("INSERT INTO things (n) VALUES (@n)", new { n }), Ct);

    private Task<List<int>> ReadAsync() => Database.ReadAsync(s => s.QueryAsync<int>("SELECT n FROM things ORDER BY n"), Ct);

    private sealed class TakenException : Exception;
}
