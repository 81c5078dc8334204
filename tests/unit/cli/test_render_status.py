"""Statuses as ``kubectl get`` shows them, word for word."""

from __future__ import annotations

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.object_status import Drift, Waiting
from um_operator.api.status import (
    ExchangeOrganizationStatus,
    PlanStatus,
    ServerStatus,
    Status,
    UMDialPlanStatus,
    UMIPGatewayStatus,
)
from um_operator.cli.render_status import status_data, status_lines

SINCE = "2026-11-23T07:55:14Z"
ORGANIZATION = ObjectKey("ExchangeOrganization", "contoso")
PBX = ObjectKey("UMDialPlan", "pbx")
CUBE = ObjectKey("UMIPGateway", "cube01")
SBC = ObjectKey("UMIPGateway", "sbc01")


def ready(status: str, reason: str, message: str = "") -> Condition:
    return Condition(type="Ready", status=status, reason=reason, message=message)  # type: ignore[arg-type]


CONNECTED = ExchangeOrganizationStatus(
    conditions=(ready("True", "Connected"),),
    server_count=4,
    readable_server_count=4,
    plan=PlanStatus(step_count=1, waiting_for="Window"),
)
SERVES = UMIPGatewayStatus(
    conditions=(ready("True", "UpToDate"),),
    address="sbc01.contoso.com",
    port=5061,
    state="Enabled",
    dial_plans="Contoso-PBX",
)
DRIFTED = UMIPGatewayStatus(
    conditions=(
        ready("False", "Drifted", 'port: want "5061", have "5060"'),
        Condition(
            type="Drifted",
            status="True",
            reason="WaitingForWindow",
            message='1 field differs: port; the repair waits for window "saturday-night"',
        ),
    ),
    address="cube01.contoso.com",
    port=5060,
    state="Enabled",
    drift=(Drift(path="port", want="5061", have="5060", since=SINCE),),
)


def text(statuses: dict[ObjectKey, Status]) -> str:
    return "\n".join(status_lines(statuses))


def test_one_table_a_kind_and_nothing_more_while_all_is_well() -> None:
    plan = UMDialPlanStatus(
        conditions=(ready("True", "UpToDate"),),
        uri_type="TelephoneExtension",
        voip_security="SIPSecured",
        gateway_count=3,
        secured_gateway_count=3,
    )
    assert text({SBC: SERVES, PBX: plan, ORGANIZATION: CONNECTED}) == (
        """\
NAME      READY   REASON      SERVERS   READABLE   STEPS   WAITING FOR
contoso   True    Connected   4         4          1       Window

NAME   READY   REASON     URI TYPE             SECURITY     GATEWAYS   SECURED
pbx    True    UpToDate   TelephoneExtension   SIPSecured   3          3

NAME    READY   REASON     ADDRESS             PORT   STATE     DIAL PLANS
sbc01   True    UpToDate   sbc01.contoso.com   5061   Enabled   Contoso-PBX"""
    )


def test_a_resource_that_is_not_ready_tells_its_conditions_and_its_drift() -> None:
    assert text({SBC: SERVES, CUBE: DRIFTED}) == (
        """\
NAME     READY   REASON     ADDRESS              PORT   STATE     DIAL PLANS
cube01   False   Drifted    cube01.contoso.com   5060   Enabled
sbc01    True    UpToDate   sbc01.contoso.com    5061   Enabled   Contoso-PBX

UMIPGateway/cube01
  Ready (False, Drifted): port: want "5061", have "5060"
  Drifted (WaitingForWindow): 1 field differs: port; the repair waits for window "saturday-night"
  drift: port: want "5061", have "5060", since 2026-11-23T07:55:14Z"""
    )


def test_a_plan_that_waits_names_whom_it_waits_for() -> None:
    waiting = UMDialPlanStatus(
        conditions=(ready("False", "WaitingForGateways", 'VoIPSecurity stays "Unsecured"'),),
        waiting_for=(
            Waiting(
                object="UMIPGateway/kamailio01", reason="PlainSIPOnTLSPort", message="answers SIP without TLS"
            ),
        ),
    )
    assert text({PBX: waiting}).splitlines()[3:] == [
        "UMDialPlan/pbx",
        '  Ready (False, WaitingForGateways): VoIPSecurity stays "Unsecured"',
        "  waits for UMIPGateway/kamailio01 (PlainSIPOnTLSPort): answers SIP without TLS",
    ]


def test_a_server_that_cannot_be_read_is_named_with_its_reason() -> None:
    status = ExchangeOrganizationStatus(
        conditions=(ready("False", "ServersUnreadable", "1 of 4 servers cannot be read"),),
        servers=(
            ServerStatus(name="ex03.contoso.com", readable="Unknown", reason="Throttled", message="too busy"),
            ServerStatus(name="ex01.contoso.com", readable="True"),
        ),
    )
    assert text({ORGANIZATION: status}).splitlines()[-1] == "  server ex03.contoso.com (Throttled): too busy"
    assert "ex01" not in text({ORGANIZATION: status})


def test_programs_get_the_statuses_in_the_words_of_the_api() -> None:
    (row,) = status_data({CUBE: DRIFTED})
    assert (row["kind"], row["name"]) == ("UMIPGateway", "cube01")
    assert row["status"]["drift"] == [{"path": "port", "want": "5061", "have": "5060", "since": SINCE}]
    assert row["status"]["conditions"][0]["reason"] == "Drifted"


def test_nothing_is_shown_of_nothing() -> None:
    assert text({}) == ""
