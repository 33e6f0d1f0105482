using Grpc.Core;

namespace Loyalty.Standins.Tests.Contract;

public sealed class StatusTests
{
    [Fact]
    public void The_codes_have_the_numbers_of_the_wire() =>
        Enum.GetValues<StatusCode>().Select(code => $"{(int)code} {code}").ShouldBe([
            "0 OK", "1 Cancelled", "2 Unknown", "3 InvalidArgument", "4 DeadlineExceeded", "5 NotFound", "6 AlreadyExists", "7 PermissionDenied",
            "8 ResourceExhausted", "9 FailedPrecondition", "10 Aborted", "11 OutOfRange", "12 Unimplemented", "13 Internal", "14 Unavailable",
            "15 DataLoss", "16 Unauthenticated",
        ]);

    [Fact]
    public void A_status_says_code_and_detail()
    {
        var status = new Status(StatusCode.NotFound, "no such customer");

        status.StatusCode.ShouldBe(StatusCode.NotFound);
        status.Detail.ShouldBe("no such customer");
        status.DebugException.ShouldBeNull();
        status.ToString().ShouldBe("Status(StatusCode=\"NotFound\", Detail=\"no such customer\")");
    }

    [Fact]
    public void A_status_names_the_exception_behind_it() =>
        new Status(StatusCode.Unavailable, "down", new IOException("cable")).ToString()
            .ShouldBe("Status(StatusCode=\"Unavailable\", Detail=\"down\", DebugException=\"System.IO.IOException: cable\")");

    [Fact]
    public void The_default_is_success_without_a_detail()
    {
        default(Status).StatusCode.ShouldBe(StatusCode.OK);
        default(Status).Detail.ShouldBe("");
        Status.DefaultSuccess.ShouldBe(new Status(StatusCode.OK, ""));
        Status.DefaultCancelled.StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact]
    public void An_exception_carries_status_trailers_and_cause()
    {
        var cause = new IOException("cable");
        var trailers = new Metadata { { "reason", "QUIET" } };

        var exception = new RpcException(new Status(StatusCode.Aborted, "again", cause), trailers);

        exception.StatusCode.ShouldBe(StatusCode.Aborted);
        exception.Status.Detail.ShouldBe("again");
        exception.Trailers.ShouldBeSameAs(trailers);
        exception.InnerException.ShouldBeSameAs(cause);
        exception.Message.ShouldBe(exception.Status.ToString());
    }

    [Fact]
    public void An_exception_without_trailers_has_empty_ones_and_may_have_its_own_message()
    {
        new RpcException(new Status(StatusCode.Internal, "x")).Trailers.ShouldBeEmpty();
        new RpcException(new Status(StatusCode.Internal, "x"), "told otherwise").Message.ShouldBe("told otherwise");
        Should.Throw<ArgumentNullException>(() => new RpcException(new Status(StatusCode.Internal, "x"), (Metadata)null!)); // null on purpose
    }
}
