"""A secured plan is judged after its soak, and goes back with its ports when calls fail (R16, R18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from model_estate import gateway_fact
from planning_support import NOW, PBX, reasons
from secure_support import MINUTE, Secured, site, speaks_tls
from securing_support import (
    DEAD,
    EFFECTIVE,
    SOAK,
    TROUBLE,
    closed_window,
    conditions,
    judged,
    mode_plan,
    remembered,
    secured,
)
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity


def test_a_plan_that_works_is_verified_after_the_soak_and_not_before() -> None:
    found = secured()
    assert found.plan.judged_at == (remembered(found).secured_at or NOW) + EFFECTIVE
    effective: Secured = found.later(EFFECTIVE + MINUTE)
    assert not remembered(effective).verified
    done: Secured = effective.later(SOAK)
    assert remembered(done).verified
    assert done.plan.judged_at is None
    assert conditions(done) == {"Ready": "True/UpToDate"}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_plan_whose_calls_fail_goes_back_with_its_ports_and_stays_there(trouble: str) -> None:
    failing = TROUBLE[trouble](secured().later(EFFECTIVE + MINUTE)).later(MINUTE)
    assert failing.entry.not_secured is not None
    assert [one.step.want for one in failing.ready] == [{"voipSecurity": "Unsecured"}]
    (port,) = failing.of_plan(SetGatewayPort)
    assert reasons(port.waits) == ["WaitingForDialPlan"]
    back = failing.ran_all().ran_all()
    assert (back.port_of(), back.security, back.entry.before_secure) == (5060, "Unsecured", None)
    assert back.steps() == []
    assert conditions(back) == {"Ready": "False/NotSecured", "Stalled": "True/NotSecured"}
    assert judged(back).steps() == []


HOLDS: dict[str, Callable[[Secured], Any]] = {
    "in Observe": lambda s: s.ruled(mode="Observe"),
    "in mode Plan": mode_plan,
    "outside of windows": closed_window,
    "when suspended": lambda s: s.ruled(suspend=True),
}


@pytest.mark.parametrize("held", HOLDS)
def test_the_way_back_is_never_held(held: str) -> None:
    failing = TROUBLE["an event"](secured().later(EFFECTIVE + MINUTE)).later(MINUTE)
    back = HOLDS[held](failing).ran_all().ran_all()
    assert (back.port_of(), back.security) == (5060, "Unsecured")


def test_what_fails_while_servers_read_it_was_announced() -> None:
    assert judged(secured().reporting(DEAD, rejected=30)).security == "SIPSecured"


def test_what_was_told_before_is_no_evidence_nor_what_is_told_of_another_gateway() -> None:
    found = site().later(MINUTE).reporting(DEAD).ran_all().ran_all()
    other = replace(found, gateways=(*found.gateways, gateway_fact("far")))
    effective: Secured = other.later(EFFECTIVE + MINUTE)
    told: Secured = effective.reporting(DEAD, "far at far.contoso.com does not answer").later(SOAK)
    assert told.entry.not_secured is None
    assert told.entry.before_secure is not None
    assert told.entry.before_secure.verified


def test_what_is_inconclusive_neither_takes_a_plan_back_nor_verifies_it() -> None:
    found = secured()
    hung_up = speaks_tls("sbc01", found.now, refusal="closed")
    unclear = judged(found.showing("sbc01", hung_up))
    assert unclear.security == "SIPSecured"
    assert unclear.entry.not_secured is None
    assert not remembered(unclear).verified


def test_a_plan_is_tried_again_once_a_person_asks_or_the_spec_changes() -> None:
    failing = TROUBLE["plain SIP"](secured().later(EFFECTIVE + MINUTE)).later(MINUTE)
    back = replace(failing.ran_all().ran_all(), ports={}).seen()
    assert back.steps() == []
    assert back.retried().steps() == ["SetGatewayPort"]
    assert back.wanting("SIPSecured", faxEnabled=True).steps()


def test_a_refusal_of_exchange_leads_the_ports_back() -> None:
    ported = site().ran_all()
    refused: Any = ported.refused(ported.ready[0])
    assert refused.entry.not_secured is not None
    back = refused.ran_all()
    assert (back.port_of(), back.entry.before_secure, back.steps()) == (5060, None, [])


def test_what_is_never_carried_out_is_given_up_after_a_few_tries() -> None:
    found = site().ran_all()
    for _ in range(3):
        (secure,) = found.of_plan(SetVoIPSecurity)
        found = found.broken_off(secure, effect=False).seen()
    assert found.entry.not_secured is not None
    assert found.ran_all().port_of() == 5060


def test_a_person_who_wants_it_unsecured_again_gets_the_ports_back_as_well() -> None:
    done = judged(secured()).wanting("Unsecured")
    assert [one.step.want for one in done.ready] == [{"voipSecurity": "Unsecured"}]
    back = done.ran_all().ran_all()
    assert (back.port_of(), back.security, back.entry.before_secure) == (5060, "Unsecured", None)


def test_the_outcome_of_a_port_that_was_not_sent_is_not_remembered() -> None:
    from um_operator.engine import ledger as transitions  # noqa: PLC0415

    begun = site()
    (port,) = begun.ready
    assert isinstance(port.step, SetGatewayPort)
    ledger = transitions.begun(port.step, begun.ledger, begun.desired.key, frozenset(), begun.now)
    ended = transitions.ended(
        port.step, begun.ledger, ledger, begun.desired.key, Outcome("NotSent"), begun.now
    )
    assert ended.entry(PBX).before_secure is None
