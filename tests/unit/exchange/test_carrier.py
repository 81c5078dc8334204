from __future__ import annotations

import pytest

from exchange_support import (
    GATEWAY_GUID,
    PLAN_GUID,
    Answers,
    TableInvoker,
    error,
    gateway_row,
    hunt_group_row,
    plan_row,
    row,
    rows,
)
from um_operator.api.meta import ObjectKey
from um_operator.exchange.carrier import ExchangeCarrier
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import (
    Change,
    CreateDialPlan,
    RemoveDialPlan,
    RemoveGateway,
    RemoveHuntGroup,
    RemoveMailboxPolicy,
    SetDialPlan,
    SetGateway,
    Step,
)
from um_operator.remoting.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    Forbidden,
    RemotingError,
    SessionLost,
    Unreachable,
)
from um_operator.remoting.session import ErrorRecord, Result

DC = "dc01.contoso.com"
PLAN = ObjectKey("UMDialPlan", "pbx")
GATEWAY = ObjectKey("UMIPGateway", "sbc01")
CREATE = CreateDialPlan(owner=PLAN, dial_plan="Contoso-PBX", properties={"countryOrRegionCode": "49"})
CHANGE = SetGateway(owner=GATEWAY, gateway="sbc01", changes=(Change("port", 5061, 5060),))
REMOVE = RemoveGateway(owner=GATEWAY, gateway="sbc01", guid=GATEWAY_GUID)
REMOVE_GROUP = RemoveHuntGroup(
    owner=GATEWAY, gateway="sbc01", dial_plan="Contoso-PBX", pilot_identifier="4900", name="H1"
)
POLICY = "Contoso-PBX Default Policy"
REMOVE_POLICY = RemoveMailboxPolicy(owner=PLAN, dial_plan="Contoso-PBX", policy=POLICY)
REMOVE_PLAN = RemoveDialPlan(owner=PLAN, dial_plan="Contoso-PBX", guid=PLAN_GUID)


async def carried(step: Step, answers: Answers) -> tuple[Outcome, list[str]]:
    invoker = TableInvoker(answers)
    outcome = await ExchangeCarrier(invoker).carry(step, DC)
    return outcome, [command.name for command in invoker.writes]


async def test_what_exchange_confirms_is_done_with_the_guid_that_it_gave_and_its_warnings() -> None:
    answer = Result((plan_row(),), warnings=("Changes take\n10 minutes.",))
    outcome, writes = await carried(CREATE, {"New-UMDialPlan": answer})
    assert outcome == Outcome("Done", guid=PLAN_GUID, warnings=("Changes take 10 minutes.",))
    assert writes == ["New-UMDialPlan"]


@pytest.mark.parametrize(
    ("raised", "kind", "reason"),
    [
        (Unreachable("ex01 can't be reached", sent=False), "NotSent", "EndpointUnreachable"),
        (SessionLost("ex01 closed the connection", sent=True), "Unclear", "EndpointUnreachable"),
        (DeadlineExceeded("no time left", sent=True), "Unclear", "DeadlineExceeded"),
        (AuthenticationFailed("account refused", sent=False), "NotSent", "AuthenticationFailed"),
        (Forbidden("account not let in", sent=False), "NotSent", "Forbidden"),
    ],
)
async def test_without_an_answer_only_sent_tells_whether_it_may_have_run(
    raised: RemotingError, kind: str, reason: str
) -> None:
    outcome, writes = await carried(CHANGE, {"Set-UMIPGateway": raised})
    assert (outcome.kind, outcome.reason, outcome.message) == (kind, reason, str(raised))
    assert writes == ["Set-UMIPGateway"], "a write is sent at most once"


@pytest.mark.parametrize(
    ("record", "kind", "reason"),
    [
        (error("DialPlanAssociatedWithServerException"), "Refused", "InUse"),
        (error("ADObjectAlreadyExistsException"), "Refused", "AlreadyExists"),
        (error("ManagementObjectAlreadyExistsException"), "Refused", "AlreadyExists"),
        (error("GatewayAddressAlreadyExistsException"), "Refused", "AlreadyExists"),
        (error("DataValidationException", "InvalidData"), "Refused", "Refused"),
        (error("GatewayAddressRequiresFqdnException", "InvalidOperation"), "Refused", "Refused"),
        (error("ManagementObjectNotFoundException"), "NotSent", "Refused"),
        (error("ADTransientException"), "Unclear", "DomainControllerUnavailable"),
        (error("ADServerNotFoundException"), "NotSent", "DomainControllerUnavailable"),
        (error("ADServerNotSuitableException"), "Unclear", "DomainControllerUnavailable"),
        (error("ThrottlingTransientException"), "Unclear", "EndpointUnreachable"),
        (error(".CommandNotFoundException", "ObjectNotFound"), "Forbidden", "Forbidden"),
        (error(".NamedParameterNotFound,Set-UMIPGateway", "InvalidArgument"), "Forbidden", "Forbidden"),
    ],
    ids=lambda value: value.exception_type if isinstance(value, ErrorRecord) else None,
)
async def test_a_refusal_is_judged_by_its_category_whatever_the_language_of_its_text(
    record: ErrorRecord, kind: str, reason: str
) -> None:
    outcome, _ = await carried(CHANGE, {"Set-UMIPGateway": Result((), (record,))})
    assert (outcome.kind, outcome.reason) == (kind, reason)


async def test_the_message_quotes_exchange_in_one_line_that_fits() -> None:
    said = 'Das Gateway "sbc01"\r\n wird von ' + "x" * 500
    record = error("DialPlanAssociatedWithServerException", message=said)
    outcome, _ = await carried(CHANGE, {"Set-UMIPGateway": Result((), (record,))})
    assert outcome.message.startswith(
        "Set-UMIPGateway failed (DialPlanAssociatedWithServerException): \"Das Gateway 'sbc01' wird von xxx"
    )
    assert "\n" not in outcome.message
    assert len(outcome.message) < 400


async def test_a_field_that_cannot_be_changed_is_refused_without_asking() -> None:
    step = SetDialPlan(owner=PLAN, dial_plan="P", changes=(Change("uriType", "E164", "SipName"),))
    outcome, writes = await carried(step, {})
    assert (outcome.kind, outcome.reason) == ("Refused", "ImmutableFieldDiffers")
    assert writes == []


@pytest.mark.parametrize(
    ("step", "read", "shown", "write"),
    [
        (REMOVE, "Get-UMIPGateway", gateway_row(), "Remove-UMIPGateway"),
        (REMOVE, "Get-UMIPGateway", gateway_row("SBC01", GATEWAY_GUID.upper()), "Remove-UMIPGateway"),
        (REMOVE_PLAN, "Get-UMDialPlan", plan_row(), "Remove-UMDialPlan"),
        (
            REMOVE_GROUP,
            "Get-UMHuntGroup",
            hunt_group_row("H1", "sbc01", "Contoso-PBX", "4900"),
            "Remove-UMHuntGroup",
        ),
        (
            REMOVE_POLICY,
            "Get-UMMailboxPolicy",
            row("UMMailboxPolicy", Name=POLICY, UMDialPlan="contoso-pbx"),
            "Remove-UMMailboxPolicy",
        ),
    ],
)
async def test_what_is_still_what_was_planned_to_go_is_removed(
    step: Step, read: str, shown: object, write: str
) -> None:
    outcome, writes = await carried(step, {read: rows(shown)})  # type: ignore[arg-type]
    assert outcome.kind == "Done"
    assert writes == [write]


@pytest.mark.parametrize(
    ("why", "step", "answers"),
    [
        ("an unknown identity showed everything", REMOVE, rows(gateway_row(), gateway_row("pbx", "2"))),
        ("an unknown identity showed the only other one", REMOVE, rows(gateway_row("pbx", "2"))),
        ("another object has the name now", REMOVE, rows(gateway_row("sbc01", "2"))),
        ("nothing was shown", REMOVE, rows()),
        ("what was shown is not understood", REMOVE, rows(row("X", Name="sbc01"))),
        ("what was shown is no object", REMOVE, rows("sbc01")),
        ("it is gone", REMOVE, Result((), (error("ManagementObjectNotFoundException"),))),
        ("the look failed", REMOVE, Unreachable("ex01 can't be reached", sent=False)),
        ("the look was lost", REMOVE, SessionLost("ex01 closed the connection", sent=True)),
        (
            "the hunt group has another plan now",
            REMOVE_GROUP,
            rows(hunt_group_row("H1", "sbc01", "P", "4900")),
        ),
    ],
)
async def test_what_is_not_seen_to_be_it_is_not_removed(
    why: str, step: Step, answers: Result | Exception
) -> None:
    outcome, writes = await carried(step, {"Get-UMIPGateway": answers, "Get-UMHuntGroup": answers})
    assert outcome.kind == "NotSent"
    assert outcome.message
    assert writes == []
