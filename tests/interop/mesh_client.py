"""Calls the running mesh through grpcio, as a company's own system would, and checks every answer.

Usage: PYTHONPATH=<stubs> python3 mesh_client.py HOST:PORT
Prints one line for each check; the exit code is 0 only if all held.
"""

import random
import sys
import traceback
import uuid

import grpc

import status_pb2
from loyalty.communication.v1 import communication_pb2, communication_service_pb2, communication_service_pb2_grpc
from loyalty.customer.v1 import customer_pb2, customer_service_pb2, customer_service_pb2_grpc

CHECKS = []
CARD = "".join(random.choice("0123456789") for _ in range(15))
CARD += str(-sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(CARD)) % 10)


class Mesh:
    def __init__(self, channel):
        self.customers = customer_service_pb2_grpc.CustomerServiceStub(channel)
        self.identities = customer_service_pb2_grpc.IdentityServiceStub(channel)
        self.attention = communication_service_pb2_grpc.AttentionServiceStub(channel)
        self.customer = None


def check(function):
    CHECKS.append(function)
    return function


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def card(value):
    return customer_pb2.Identifier(kind=customer_pb2.IDENTIFIER_KIND_CARD, value=value)


def registration(**change):
    fields = {"request_id": str(uuid.uuid4()), "display_name": "Ada", "country": "PL", "time_zone": "Europe/Warsaw", "locale": "pl-PL"}
    return customer_service_pb2.RegisterCustomerRequest(**{**fields, **change})


def refused(call):
    """The status code, the one ErrorInfo and the names of the wrong fields."""
    try:
        call()
    except grpc.RpcError as error:
        status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
        equal(status.code, error.code().value[0])
        found = {"infos": [], "fields": []}
        for detail in status.details:
            info, bad = status_pb2.ErrorInfo(), status_pb2.BadRequest()
            if detail.Unpack(info):
                found["infos"].append(info)
            elif detail.Unpack(bad):
                found["fields"] += [violation.field for violation in bad.field_violations]
        equal([info.domain for info in found["infos"]], ["loyalty"])
        return error.code(), found["infos"][0].reason, found["fields"]
    raise AssertionError("the call should have been refused")


@check
def registers_a_customer_with_a_card(mesh):
    request = registration(identifiers=[card(CARD)])
    mesh.customer = mesh.customers.RegisterCustomer(request, timeout=20).customer
    equal(str(uuid.UUID(mesh.customer.customer_id)), mesh.customer.customer_id)
    equal(mesh.customers.RegisterCustomer(request, timeout=20).customer.customer_id, mesh.customer.customer_id)


@check
def finds_the_customer_by_the_card(mesh):
    found = mesh.identities.FindCustomer(customer_service_pb2.FindCustomerRequest(identifier=card(CARD)), timeout=20)
    equal(found.outcome, customer_service_pb2.FindCustomerResponse.OUTCOME_FOUND)
    equal(found.customer_id, mesh.customer.customer_id)


@check
def is_told_which_fields_are_wrong(mesh):
    code, _, fields = refused(lambda: mesh.customers.RegisterCustomer(
        registration(country="Poland", identifiers=[card("not a card")]), timeout=20))
    equal(code, grpc.StatusCode.INVALID_ARGUMENT)
    equal(sorted(fields), ["country", "identifiers[0].value"])


@check
def is_told_by_a_reason_that_a_request_id_was_reused(mesh):
    request = registration()
    mesh.customers.RegisterCustomer(request, timeout=20)
    request.display_name = "Grace"
    code, reason, _ = refused(lambda: mesh.customers.RegisterCustomer(request, timeout=20))
    equal((code, reason), (grpc.StatusCode.ABORTED, "REQUEST_ID_REUSED"))


@check
def asks_what_the_gate_would_say(mesh):
    answer = mesh.attention.CheckAttention(communication_service_pb2.CheckAttentionRequest(
        customer_id=mesh.customer.customer_id, template="thanks", channel=customer_pb2.CHANNEL_EMAIL), timeout=20)
    # Nobody gave an e-mail address: whatever the gate says, it is not "send", and the rule that holds is named.
    if answer.decision.outcome in (communication_pb2.Decision.OUTCOME_UNSPECIFIED, communication_pb2.Decision.OUTCOME_SEND):
        raise AssertionError(f"an unreachable person would be mailed: {answer}")
    reachable = [verdict for verdict in answer.decision.verdicts if verdict.rule == "reachable"]
    equal(len(reachable), 1)
    if reachable[0].outcome == communication_pb2.RuleVerdict.OUTCOME_PASS:
        raise AssertionError(f"an unreachable person is reachable: {answer}")


def main(address):
    failed = 0
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        grpc.channel_ready_future(channel).result(timeout=20)
        mesh = Mesh(channel)
        for function in CHECKS:
            try:
                function(mesh)
                print("ok", function.__name__)
            except Exception:
                failed += 1
                print("FAILED", function.__name__)
                traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} held with grpcio {grpc.__version__}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
