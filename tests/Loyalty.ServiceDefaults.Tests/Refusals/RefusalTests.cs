using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Loyalty.ServiceDefaults.Clients;
using Loyalty.ServiceDefaults.Refusals;
using Loyalty.ServiceDefaults.Tests.Echo.V1;
using Loyalty.ServiceDefaults.Tests.Hosting;
using Loyalty.ServiceDefaults.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StatusCode = Grpc.Core.StatusCode;

namespace Loyalty.ServiceDefaults.Tests.Refusals;

public sealed class RefusalTests
{
    private static readonly Refusal Rich = new(
        RefusalKind.FailedPrecondition, "CASE_OPEN", "A case is open for 100 % of them: größer.", new FieldViolation("case_id", "is open"), new FieldViolation("kind", "is wrong"))
    {
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["case_id"] = "7" },
        RetryAfter = TimeSpan.FromSeconds(90),
    };

    [Fact]
    public async Task A_refusal_arrives_with_one_reason_the_fields_and_the_time_to_wait()
    {
        await using var host = await EchoHost.StartAsync(Saying(() => throw Rich));

        var status = await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest()));

        status.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        status.Status.Detail.ShouldBe(Rich.Message);
        var details = Google.Rpc.Status.Parser.ParseFrom(status.Trailers.GetValueBytes("grpc-status-details-bin"));
        details.Code.ShouldBe((int)StatusCode.FailedPrecondition);
        details.Message.ShouldBe(Rich.Message);
        details.Details.Count(detail => detail.Is(ErrorInfo.Descriptor)).ShouldBe(1);
        var reason = details.Details.Single(detail => detail.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>();
        (reason.Type, reason.Domain, reason.Metadata["case_id"]).ShouldBe(("CASE_OPEN", "loyalty", "7"));
        details.Details.Single(detail => detail.Is(BadRequest.Descriptor)).Unpack<BadRequest>().FieldViolations.Select(v => v.Field).ShouldBe(["case_id", "kind"]);
        details.Details.Single(detail => detail.Is(RetryInfo.Descriptor)).Unpack<RetryInfo>().RetryDelay.ToTimeSpan().ShouldBe(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public void The_reason_has_the_number_that_everybody_elses_ErrorInfo_gives_it() =>
        // The package's old copy of google/rpc calls field 1 "type"; on the wire it is what others read as "reason".
        new ErrorInfo { Type = "R" }.ToByteArray().ShouldBe([0x0A, 1, (byte)'R']);

    [Theory]
    [InlineData(RefusalKind.InvalidArgument, StatusCode.InvalidArgument)]
    [InlineData(RefusalKind.NotFound, StatusCode.NotFound)]
    [InlineData(RefusalKind.AlreadyExists, StatusCode.AlreadyExists)]
    [InlineData(RefusalKind.FailedPrecondition, StatusCode.FailedPrecondition)]
    [InlineData(RefusalKind.Aborted, StatusCode.Aborted)]
    [InlineData(RefusalKind.PermissionDenied, StatusCode.PermissionDenied)]
    [InlineData(RefusalKind.Unauthenticated, StatusCode.Unauthenticated)]
    [InlineData(RefusalKind.ResourceExhausted, StatusCode.ResourceExhausted)]
    [InlineData(RefusalKind.Unavailable, StatusCode.Unavailable)]
    public void Each_kind_has_its_code_and_survives_the_wire(RefusalKind kind, StatusCode code)
    {
        RefusalStatus.CodeOf(kind).ShouldBe(code);
        RefusalStatus.Read(RefusalStatus.Write(new Refusal(kind, "R", "m"))).ShouldNotBeNull().Kind.ShouldBe(kind);
    }

    [Fact]
    public void A_kind_without_a_code_would_be_noticed() => RefusalStatus.CodeOf((RefusalKind)99).ShouldBe(StatusCode.Internal);

    [Fact]
    public async Task Another_service_hears_the_same_refusal()
    {
        await using var host = await EchoHost.StartAsync(Saying(() => throw Rich));

        var heard = await Should.ThrowAsync<Refusal>(async () => await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon));

        (heard.Kind, heard.Reason, heard.Message, heard.RetryAfter).ShouldBe((Rich.Kind, Rich.Reason, Rich.Message, Rich.RetryAfter));
        heard.Violations.ShouldBe(Rich.Violations);
        heard.Metadata.ShouldBe(Rich.Metadata);
    }

    [Fact]
    public async Task A_bug_is_logged_once_and_told_without_a_word_of_why()
    {
        var logs = new LogRecords();
        await using var host = await EchoHost.StartAsync(
            Saying(() => throw new InvalidDataException("secret")),
            new(StringComparer.Ordinal) { ["Logging:LogLevel:Default"] = "Debug", ["Logging:LogLevel:Grpc"] = "Warning" },
            services => services.AddSingleton<ILoggerProvider>(logs));

        var status = await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest()));

        status.StatusCode.ShouldBe(StatusCode.Internal);
        status.Message.ShouldNotContain("secret");
        status.Trailers.Get("grpc-status-details-bin").ShouldBeNull();
        logs.All.Where(log => log.Exception is InvalidDataException || log.Level >= LogLevel.Error).ShouldHaveSingleItem().Exception.ShouldBeOfType<InvalidDataException>();
    }

    [Fact]
    public async Task A_bug_of_another_service_is_heard_as_its_being_away()
    {
        await using var host = await EchoHost.StartAsync(Saying(() => throw new InvalidDataException("secret")));

        var heard = await Should.ThrowAsync<Refusal>(async () => await host.TypedClient.SayAsync(new SayRequest(), deadline: Soon));

        (heard.Kind, heard.Reason).ShouldBe((RefusalKind.Unavailable, "ECHO_SERVICE_AWAY"));
        heard.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_deadline_ends_the_handler_and_is_no_bug()
    {
        var logs = new LogRecords();
        var ended = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(
            new EchoScript { Say = (_, context) => UntilCancelled(context, ended) },
            new(StringComparer.Ordinal) { ["Logging:LogLevel:Default"] = "Debug" },
            services => services.AddSingleton<ILoggerProvider>(logs));

        var status = await Should.ThrowAsync<RpcException>(async () => await host.Client.SayAsync(new SayRequest(), deadline: Deadlines.In(TimeSpan.FromMilliseconds(200))));

        status.StatusCode.ShouldBe(StatusCode.DeadlineExceeded);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
        logs.All.Where(log => log.Level >= LogLevel.Warning).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_caller_who_cancels_hears_its_own_cancellation()
    {
        var ended = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        await using var host = await EchoHost.StartAsync(new EchoScript
        {
            Say = (_, context) =>
            {
                begun.SetResult();
                return UntilCancelled(context, ended);
            },
        });
        using var cancel = new CancellationTokenSource();

        var call = host.TypedClient.SayAsync(new SayRequest(), deadline: Soon, cancellationToken: cancel.Token);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await call);
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Streams_are_refused_and_heard_alike()
    {
        await using var host = await EchoHost.StartAsync(new EchoScript { Each = _ => throw Rich });

        await Refused(async () => await Read(host.TypedClient.Repeat(new RepeatRequest { Times = 1 }, deadline: Soon).ResponseStream));
        await Refused(async () =>
        {
            using var chat = host.TypedClient.Chat(deadline: Soon);
            await chat.RequestStream.WriteAsync(new ChatRequest());
            await Read(chat.ResponseStream);
        });
        await Refused(async () =>
        {
            using var collect = host.TypedClient.Collect(deadline: Soon);
            await collect.RequestStream.WriteAsync(new CollectRequest());
            await collect;
        });

        static async Task Read<T>(IAsyncStreamReader<T> stream) => await stream.MoveNext(CancellationToken.None);
        static async Task Refused(Func<Task> call) => (await Should.ThrowAsync<Refusal>(call)).Reason.ShouldBe("CASE_OPEN");
    }

    [Fact]
    public async Task Streams_carry_what_they_should()
    {
        await using var host = await EchoHost.StartAsync();

        using var collect = host.TypedClient.Collect(deadline: Soon);
        await collect.RequestStream.WriteAsync(new CollectRequest { Text = "a" });
        await collect.RequestStream.WriteAsync(new CollectRequest { Text = "b" });
        await collect.RequestStream.CompleteAsync();
        (await collect).Text.ShouldBe("ab");

        using var repeat = host.TypedClient.Repeat(new RepeatRequest { Text = "x", Times = 3 }, deadline: Deadlines.None);
        (await repeat.ResponseStream.ReadAllAsync().CountAsync()).ShouldBe(3);
        (await repeat.ResponseHeadersAsync).ShouldNotBeNull();
        repeat.GetStatus().StatusCode.ShouldBe(StatusCode.OK);
    }

    [Fact]
    public void Details_that_are_not_ours_are_no_refusal()
    {
        RefusalStatus.Read(null).ShouldBeNull();
        RefusalStatus.Read([1, 2, 3]).ShouldBeNull();
        RefusalStatus.Read(new Google.Rpc.Status { Code = 5 }.ToByteArray()).ShouldBeNull();
        var foreign = new Google.Rpc.Status { Code = 5, Details = { Google.Protobuf.WellKnownTypes.Any.Pack(new ErrorInfo { Domain = "elsewhere", Type = "X" }) } };
        RefusalStatus.Read(foreign.ToByteArray()).ShouldBeNull();
    }

    private static DateTime Soon => Deadlines.In(TimeSpan.FromSeconds(10));

    private static EchoScript Saying(Func<SayResponse> answer) => new() { Say = async (_, _) =>
    {
        await Task.Yield();
        return answer();
    } };

    private static async Task<SayResponse> UntilCancelled(ServerCallContext context, TaskCompletionSource ended)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            return new SayResponse();
        }
        finally
        {
            ended.SetResult();
        }
    }
}
