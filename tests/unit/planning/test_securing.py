"""A plan is secured directly after its ports, or not at all; and goes back when calls fail (R18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import dial_plan, gateway
from model_estate import gateway_fact
from planning_support import NOW, PBX, group_fact, reasons
from rollout_reading import UM
from secure_support import MINUTE, REFS, Secured, site, speaks_tls
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Plain
from um_operator.observed.ledger import BeforeSecure
from um_operator.planning.conditions import statuses
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps import SetGatewayPort, SetVoIPSecurity

EFFECTIVE = timedelta(minutes=25)
SOAK = timedelta(minutes=10)
WINDOW = {"name": "night", "schedule": "0 22 * * *", "duration": "2h", "timeZone": "UTC"}
DEAD = "the gateway sbc01 at sbc01.contoso.com:5061 does not answer OPTIONS"


def secured(**manifests: Any) -> Secured:
    return site(**manifests).ran_all().ran_all()


def judged(found: Secured) -> Secured:
    """Return the site once it was read that every server knows of the plan, and the soak is over."""
    effective: Secured = found.later(EFFECTIVE + MINUTE)
    return effective.later(SOAK + MINUTE)


def conditions(found: Secured) -> dict[str, str]:
    status = statuses(found.desired, found.snapshot, found.ledger, found.plan, {}, {}, found.now)[PBX]
    return {one.type: f"{one.status}/{one.reason}" for one in status.conditions}


def test_the_port_is_the_step_directly_before_the_plan_is_secured() -> None:
    begun = site()
    assert begun.steps() == ["SetGatewayPort"]
    ported = begun.ran_all()
    assert (ported.port_of(), ported.security, ported.steps()) == (5061, "Unsecured", ["SetVoIPSecurity"])
    done = ported.ran_all()
    assert (done.port_of(), done.security, done.steps()) == (5061, "SIPSecured", [])


def test_what_stood_before_is_remembered_before_each_effect() -> None:
    begun = site()
    (port,) = begun.ready
    killed = begun.broken_off(port, effect=False)
    assert killed.entry.before_secure is not None
    assert killed.entry.before_secure.ports == {"sbc01": 5060}
    ported = begun.ran_all()
    (secure,) = ported.ready
    killed = ported.broken_off(secure, effect=False)
    assert killed.entry.before_secure is not None
    assert killed.entry.before_secure.secured_at == ported.now


def test_a_gateway_that_is_on_its_port_already_needs_no_step() -> None:
    found = replace(site(port=5061), gateways=(gateway_fact("sbc01", port=5061),))
    assert found.steps() == ["SetVoIPSecurity"]


def cut_over(found: Secured) -> list[object]:
    """Return what the steps on plans' security and gateways' ports want that may run now."""
    return [one.step.want for one in found.ready if isinstance(one.step, SetGatewayPort | SetVoIPSecurity)]


def unread(found: Secured) -> Secured:
    return replace(found, unseen=frozenset({"sbc01"}))


def stopped(found: Secured) -> Secured:
    processes = {**found.machine("ex01").processes, "UM": None}
    return found.changed("ex01", processes=processes)


def drained(found: Secured) -> Secured:
    return found.changed("ex01", mode={"UM": "TCP", "UMCallRouter": "Dual"})


def without_certificate(found: Secured) -> Secured:
    resources = [one for one in found.resources if one.kind != "UMCertificate"]
    return found.declaring(*resources)


def with_gateway(**spec: Any) -> Callable[[Secured], Secured]:
    def change(found: Secured) -> Secured:
        others = [one for one in found.resources if one.kind != "UMIPGateway"]
        return found.declaring(*others, gateway(dialPlanRefs=list(REFS), **spec))

    return change


def undeclared(found: Secured) -> Secured:
    return found.declaring(*[one for one in found.resources if one.kind != "UMIPGateway"])


def beside_an_unsecured_plan(found: Secured) -> Secured:
    return replace(found, groups=(*found.groups, group_fact("sbc01", "legacy", "6000")))


def closed_window(found: Secured) -> Secured:
    return found.ruled(maintenanceWindows=[WINDOW])


def mode_plan(found: Secured) -> Secured:
    return found.ruled(mode="Plan")


LACKING: dict[str, tuple[Callable[[Secured], Secured], str]] = {
    "a service in TCP": (drained, "StartupModeTCP"),
    "a service that is down": (stopped, "ServerOutOfService"),
    "no certificate": (without_certificate, "NotProven"),
    "a gateway nobody looked at": (unread, "NotProbed"),
    "plain SIP on the TLS port": (lambda s: s.showing("sbc01", Plain(200)), "PlainSIPOnTLSPort"),
    "a gateway that refuses us": (
        lambda s: s.showing("sbc01", speaks_tls("sbc01", s.now, refusal="unknown_ca")),
        "ClientCertificateRejected",
    ),
    "a certificate for another name": (
        lambda s: s.showing("sbc01", speaks_tls("sbc02", s.now)),
        "PeerNameMissing",
    ),
    "an address": (with_gateway(address="10.0.0.7"), "AddressNotFQDN"),
    "a gateway nobody declared": (undeclared, "NotDeclared"),
    "a gateway that is only observed": (with_gateway(mode="Observe"), "ObserveMode"),
    "a gateway that is suspended": (with_gateway(suspend=True), "Suspended"),
    "another plan that stays Unsecured": (beside_an_unsecured_plan, "LinkedToUnsecuredPlan"),
    "no window": (closed_window, "WaitingForWindow"),
    "no approval": (mode_plan, "WaitingForApproval"),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_nothing_is_written_and_one_reason_is_told_while_something_is_missing(lacking: str) -> None:
    change, reason = LACKING[lacking]
    found = change(site())
    assert not cut_over(found)
    (secure,) = found.of_plan(SetVoIPSecurity)
    assert set(reasons(secure.waits)) - FOLLOWS_FROM_IT.get(lacking, set()) == {reason}
    assert len(secure.waits) == len(set(secure.waits))


FOLLOWS_FROM_IT = {
    "no certificate": {"PeerTrustUnknown"},
    "an address": {"WaitingForGateway", "WaitingForReading"},
}


GOES_ON = {"a gateway nobody declared", "a gateway that is only observed", "a gateway that is suspended"}
"""What is of no matter once the port is written."""


@pytest.mark.parametrize("lacking", sorted(LACKING.keys() - GOES_ON))
def test_the_port_goes_back_if_something_is_missing_all_of_a_sudden(lacking: str) -> None:
    change, _ = LACKING[lacking]
    found = change(site().ran_all())
    assert cut_over(found) == [{"port": 5060}]
    back = found.ran_all()
    assert (back.port_of(), back.security, back.entry.before_secure) == (5060, "Unsecured", None)
    assert not cut_over(back)


@pytest.mark.parametrize("lacking", sorted(GOES_ON))
def test_what_is_written_is_secured_although_nobody_may_write_to_the_gateway_any_more(lacking: str) -> None:
    change, _ = LACKING[lacking]
    assert change(site().ran_all()).ran_all().security == "SIPSecured"


def test_the_port_goes_back_although_nobody_stands_for_the_gateway_any_more() -> None:
    back = closed_window(undeclared(site().ran_all())).ran_all()
    assert (back.port_of(), back.security, back.entry.before_secure) == (5060, "Unsecured", None)


def test_the_port_goes_back_when_the_plans_resource_is_deleted_in_between() -> None:
    ported = site().ran_all()
    plan = next(one for one in ported.resources if one.kind == "UMDialPlan")
    metadata = {
        "deletion_timestamp": "2026-11-28T12:00:00Z",
        "finalizers": ("unifiedmessaging.dev/finalizer",),
    }
    gone = ported.with_plan_of(
        plan.model_copy(update={"metadata": plan.metadata.model_copy(update=metadata)})
    )
    assert PBX not in gone.plan.released
    back = gone.ran_all()
    assert back.port_of() == 5060
    assert PBX in back.plan.released


@pytest.mark.parametrize("effect", [False, True])
def test_a_kill_at_the_port_ends_with_the_plan_secured(effect: bool) -> None:
    begun = site()
    killed: Secured = begun.broken_off(begun.ready[0], effect=effect).seen()
    assert killed.settled().security == "SIPSecured"


@pytest.mark.parametrize("effect", [False, True])
def test_a_kill_at_securing_ends_with_the_plan_secured_and_judged(effect: bool) -> None:
    ported = site().ran_all()
    killed: Secured = ported.broken_off(ported.ready[0], effect=effect).seen()
    done: Secured = killed.settled()
    assert (done.port_of(), done.security) == (5061, "SIPSecured")
    assert done.plan.judged_at is not None


def remembered(found: Any) -> BeforeSecure:
    assert found.entry.before_secure is not None
    return found.entry.before_secure  # type: ignore[no-any-return]


def test_a_plan_that_works_is_verified_after_the_soak_and_not_before() -> None:
    found = secured()
    assert found.plan.judged_at == (remembered(found).secured_at or NOW) + EFFECTIVE
    effective: Secured = found.later(EFFECTIVE + MINUTE)
    assert not remembered(effective).verified
    done: Secured = effective.later(SOAK)
    assert remembered(done).verified
    assert done.plan.judged_at is None
    assert conditions(done) == {"Ready": "True/UpToDate"}


TROUBLE: dict[str, Callable[[Secured], Any]] = {
    "an event": lambda s: s.reporting(DEAD),
    "rejected calls": lambda s: s.reporting(rejected=3),
    "plain SIP": lambda s: s.showing("sbc01", Plain(200)),
    "a refusal": lambda s: s.showing("sbc01", speaks_tls("sbc01", s.now, refusal="unknown_ca")),
}


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


def test_one_plan_is_secured_and_watched_before_the_next_one() -> None:
    other = dial_plan("branch", voipSecurity="SIPSecured")
    found = site(
        "sbc01", "sbc02", plans=(other,), groups=(group_fact("sbc01", "pbx"), group_fact("sbc02", "branch"))
    )
    second = gateway("sbc02", dialPlanRefs=[{"name": "branch"}])
    manifests = [one for one in found.resources if one.metadata.name != "sbc02"]
    found = found.declaring(*manifests, second)
    assert [one.step.subject for one in found.ready] == ["UMIPGateway/sbc02"]
    first = found.ran_all().ran_all()
    assert first.steps() == []
    assert {plan.name: plan.voip_security for plan in first.plans} == {
        "pbx": "Unsecured",
        "branch": "SIPSecured",
    }
    watched = first.of_plan(SetVoIPSecurity)[0].waits
    assert [wait.reason for wait in watched] == ["WaitingForSoak"]
    assert [one.step.subject for one in judged(first).ready] == ["UMIPGateway/sbc01"]


def shared() -> Secured:
    """Return a site in which two plans that are to be secured share a gateway."""
    other = dial_plan("branch", voipSecurity="SIPSecured")
    groups = (group_fact("sbc01", "pbx"), group_fact("sbc01", "branch", "790"))
    found = site("sbc01", plans=(other,), groups=groups)
    refs = [*REFS, {"name": "branch", "pilotIdentifier": "790"}]
    manifests = [one for one in found.resources if one.metadata.name != "sbc01"]
    return found.declaring(*manifests, gateway("sbc01", dialPlanRefs=refs))


def test_plans_that_share_a_gateway_are_secured_together() -> None:
    found = shared()
    assert found.steps() == ["SetGatewayPort"]
    ported = found.ran_all()
    assert ported.steps() == ["SetVoIPSecurity", "SetVoIPSecurity"]
    done = ported.ran_all()
    assert {plan.voip_security for plan in done.plans} == {"SIPSecured"}


def test_of_plans_that_share_a_gateway_none_is_secured_while_one_may_not_be() -> None:
    found = shared()
    others = [one for one in found.resources if one.metadata.name != "branch"]
    held = found.declaring(*others, dial_plan("branch", voipSecurity="SIPSecured", suspend=True))
    assert not held.ready
    assert {"WaitingForSecure", "Suspended"} == {
        reason for one in held.plan.steps for reason in reasons(one.waits)
    }


def test_plans_that_share_a_gateway_go_back_together() -> None:
    done = shared().ran_all().ran_all()
    failing: Any = TROUBLE["plain SIP"](done.later(EFFECTIVE + MINUTE)).later(MINUTE)
    assert failing.steps() == ["SetVoIPSecurity", "SetVoIPSecurity"]
    half = failing.carried(failing.ready[0]).seen()
    assert half.steps() == ["SetVoIPSecurity"]
    back = half.ran_all().ran_all()
    assert back.port_of() == 5060
    assert {plan.voip_security for plan in back.plans} == {"Unsecured"}


def test_no_server_is_interrupted_while_a_plan_is_watched() -> None:
    found: Any = secured()
    certificate = next(one for one in found.resources if one.kind == "UMCertificate")
    metadata = certificate.metadata.model_copy(
        update={"annotations": {"unifiedmessaging.dev/renew-requested-at": "now"}}
    )
    others = [one for one in found.resources if one.kind != "UMCertificate"]
    renewing = found.declaring(*others, certificate.model_copy(update={"metadata": metadata}))
    waiting = renewing.settled()
    assert 'dial plan "pbx" is watched' in " ".join(message for _, _, message in waiting.waits)
    assert waiting.machine("ex01").serves("UM") == found.machine("ex01").serves("UM")


def test_a_word_of_a_person_stands_for_a_probe_but_not_for_plain_sip() -> None:
    anchor = shown_anchor(site())
    attest = with_gateway(trust={"attested": [anchor]})
    assert unread(attest(site())).steps() == ["SetGatewayPort"]
    assert attest(site()).showing("sbc01", Plain(200)).steps() == []


def shown_anchor(found: Secured) -> str:
    revisions = found.snapshot.revisions[UM]
    assert isinstance(revisions, Known)
    return revisions.value[0].chain[-1].sha256


def test_secured_asks_every_gateway_for_srtp() -> None:
    assert site(security="Secured").steps() == []
    assert site(security="Secured", media="SRTP").steps() == ["SetGatewayPort"]


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
