using Grpc.Core;

namespace Loyalty.Standins.Tests.Contract;

public sealed class CallOptionsTests
{
    [Fact]
    public void Nothing_said_means_nothing_set()
    {
        foreach (var options in new[] { new CallOptions(), default, new CallOptions(headers: null) })
        {
            options.Headers.ShouldBeNull();
            options.Deadline.ShouldBeNull();
            options.CancellationToken.CanBeCanceled.ShouldBeFalse();
            options.WriteOptions.ShouldBeNull();
            options.PropagationToken.ShouldBeNull();
            options.Credentials.ShouldBeNull();
            options.IsWaitForReady.ShouldBeFalse();
        }
    }

    [Fact]
    public void Every_With_changes_one_thing_in_a_copy()
    {
        using var cancel = new CancellationTokenSource();
        var (headers, deadline) = (new Metadata(), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var (write, credentials) = (new WriteOptions(WriteFlags.NoCompress), CallCredentials.FromInterceptor((_, _) => Task.CompletedTask));
        var before = new CallOptions();

        var after = before.WithHeaders(headers).WithDeadline(deadline).WithCancellationToken(cancel.Token)
            .WithWriteOptions(write).WithCredentials(credentials).WithWaitForReady();

        before.ShouldBe(default);
        after.Headers.ShouldBeSameAs(headers);
        after.Deadline.ShouldBe(deadline);
        after.CancellationToken.ShouldBe(cancel.Token);
        after.WriteOptions.ShouldBeSameAs(write);
        after.Credentials.ShouldBeSameAs(credentials);
        after.IsWaitForReady.ShouldBeTrue();
        after.WithWaitForReady(false).IsWaitForReady.ShouldBeFalse();
        after.WithWaitForReady(false).Deadline.ShouldBe(deadline);
    }

    [Fact]
    public void The_constructor_takes_all_but_waiting()
    {
        var options = new CallOptions([], DateTime.MaxValue, CancellationToken.None, WriteOptions.Default);

        options.Headers.ShouldNotBeNull();
        options.Deadline.ShouldBe(DateTime.MaxValue);
        options.WriteOptions.ShouldBeSameAs(WriteOptions.Default);
        WriteOptions.Default.Flags.ShouldBe(default);
    }
}
