"""A plan is secured directly after its ports, and only once everything is there (R18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from model_estate import gateway_fact
from planning_support import PBX, group_fact, reasons
from rollout_reading import UM
from secure_support import Secured, site, speaks_tls
from securing_support import closed_window, cut_over, mode_plan, undeclared, unread, with_gateway
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Plain
from um_operator.planning.steps import SetVoIPSecurity


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


def stopped(found: Secured) -> Secured:
    processes = {**found.machine("ex01").processes, "UM": None}
    return found.changed("ex01", processes=processes)


def drained(found: Secured) -> Secured:
    return found.changed("ex01", mode={"UM": "TCP", "UMCallRouter": "Dual"})


def without_certificate(found: Secured) -> Secured:
    resources = [one for one in found.resources if one.kind != "UMCertificate"]
    return found.declaring(*resources)


def beside_an_unsecured_plan(found: Secured) -> Secured:
    return replace(found, groups=(*found.groups, group_fact("sbc01", "legacy", "6000")))


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
