"""Calls a server of echo.proto through grpcio, the C core's own client, and checks every answer.

Usage: PYTHONPATH=<stubs> python3 echo_client.py HOST:PORT
Prints one line for each check; the exit code is 0 only if all held.
"""

import queue
import sys
import traceback

import grpc

import echo_pb2 as pb
import echo_pb2_grpc

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def refused(call):
    try:
        call()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call should have failed")


@check
def unary(echo):
    equal(echo.Say(pb.SayRequest(text="grüezi"), timeout=20).text, "grüezi")


@check
def server_stream(echo):
    equal([r.number for r in echo.Count(pb.CountRequest(upto=500), timeout=20)], list(range(1, 501)))


@check
def client_stream(echo):
    answer = echo.Sum((pb.SumRequest(term=n) for n in range(1, 501)), timeout=20)
    equal((answer.sum, answer.terms), (125250, 500))


@check
def duplex_stream(echo):
    words = queue.SimpleQueue()
    call = echo.Chat(iter(words.get, None), timeout=20)
    for number in range(5):  # the next word is said only when the last was answered
        words.put(pb.ChatRequest(text=str(number)))
        equal(next(call).text, f"you said {number}")
    words.put(None)
    equal(list(call), [])
    equal(dict(call.trailing_metadata())["said"], "goodbye")


@check
def metadata_and_trailers(echo):
    answer, call = echo.Say.with_call(
        pb.SayRequest(text="x"), timeout=20, metadata=[("x-team", "tills"), ("trace-bin", b"\x00\n\xff")])
    equal(answer.metadata["x-team"], "tills")
    equal(answer.metadata["trace-bin"], "000AFF")
    equal(dict(call.initial_metadata())["said"], "at once")
    equal(dict(call.initial_metadata())["said-bin"], b"\xff\x00")
    equal(dict(call.trailing_metadata())["said"], "in the end")
    equal(dict(call.trailing_metadata())["said-bin"], b"\x00\x01\xfe\xff")


@check
def deadline(echo):
    answer = echo.Say(pb.SayRequest(text="x"), timeout=60)
    if not 30_000 < answer.deadline_ms <= 61_000:  # grpcio rounds up what it sends
        raise AssertionError(f"the server saw {answer.deadline_ms} ms")
    error = refused(lambda: echo.Say(pb.SayRequest(text="python-late", hang=True), timeout=1))
    equal(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED)


@check
def cancellation(echo):
    call = echo.Say.future(pb.SayRequest(text="python-stop", hang=True), timeout=20)
    call.cancel()
    equal(call.code(), grpc.StatusCode.CANCELLED)


@check
def error_status(echo):
    error = refused(lambda: echo.Say(
        pb.SayRequest(text="nicht möglich: 100 %", fail_with=grpc.StatusCode.FAILED_PRECONDITION.value[0]), timeout=20))
    equal(error.code(), grpc.StatusCode.FAILED_PRECONDITION)
    equal(error.details(), "nicht möglich: 100 %")
    equal(dict(error.trailing_metadata())["reason"], "ASKED_FOR")
    equal(refused(lambda: echo.Say(pb.SayRequest(throw_up=True), timeout=20)).code(), grpc.StatusCode.UNKNOWN)


@check
def too_large(echo):
    error = refused(lambda: echo.Say(pb.SayRequest(text="b" * 5 * 1024 * 1024), timeout=20))
    equal(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)


@check
def gzip(echo):
    text = "a" * 100_000
    answer = echo.Say(pb.SayRequest(text=text), timeout=20, compression=grpc.Compression.Gzip)
    equal((answer.text, answer.request_encoding), (text, "gzip"))


@check
def deflate(echo):
    text = "a" * 100_000
    answer = echo.Say(pb.SayRequest(text=text), timeout=20, compression=grpc.Compression.Deflate)
    equal((answer.text, answer.request_encoding), (text, "deflate"))


def main(address):
    failed = 0
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        grpc.channel_ready_future(channel).result(timeout=20)
        echo = echo_pb2_grpc.EchoStub(channel)
        for function in CHECKS:
            try:
                function(echo)
                print("ok", function.__name__)
            except Exception:
                failed += 1
                print("FAILED", function.__name__)
                traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} held with grpcio {grpc.__version__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
