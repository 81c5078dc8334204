"""What changes is told once, whatever it changes."""

from __future__ import annotations

from typing import Any

from um_operator.api.condition import Condition
from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMIPGatewayStatus
from um_operator.engine.ports import Event
from um_operator.engine.publish import events_of

KEY = ObjectKey("UMIPGateway", "sbc01")
TAKEN = "its address is taken"


def status(*conditions: tuple[Any, Any, str, str]) -> UMIPGatewayStatus:
    return UMIPGatewayStatus(
        conditions=tuple(
            Condition(type=kind, status=state, reason=reason, message=message)
            for kind, state, reason, message in conditions
        )
    )


def told(before: UMIPGatewayStatus | None, after: UMIPGatewayStatus) -> list[Event]:
    return list(events_of({} if before is None else {KEY: before}, {KEY: after}, ()))


READY = status(("Ready", "True", "UpToDate", "as declared"))
REFUSED = status(("Ready", "False", "AddressInUse", TAKEN), ("Stalled", "True", "AddressInUse", TAKEN))


def test_what_two_conditions_say_in_the_same_words_is_told_once() -> None:
    assert told(READY, REFUSED) == [Event(KEY, "Warning", "AddressInUse", TAKEN)]


def test_what_they_say_in_other_words_is_told_of_each() -> None:
    drifted = status(
        ("Ready", "False", "Drifted", "port differs"), ("Drifted", "True", "ObserveMode", "1 field differs")
    )
    assert [event.reason for event in told(READY, drifted)] == ["Drifted", "ObserveMode"]


def test_a_new_status_is_told_and_one_that_says_the_same_is_not() -> None:
    assert told(None, READY) == [Event(KEY, "Normal", "UpToDate", "as declared")]
    assert told(READY, READY) == []
    assert told(REFUSED, REFUSED) == []


def test_while_steps_run_ready_is_not_repeated() -> None:
    moving = status(
        ("Ready", "False", "Applying", "1 step runs"), ("Reconciling", "True", "Applying", "1 step runs")
    )
    assert told(READY, moving) == []
