"""What the status of a gateway says of its SIP port, and when that is a matter for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from manifests_support import gateway
from model_estate import ModelEstate, gateway_fact, plan_fact
from planning_support import NOW, SBC01, World, group_fact
from rollout_machine import leaf
from um_operator.api.status import Status, UMIPGatewayStatus
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener, PathError, Plain
from um_operator.observed.ledger import Ledger, ObjectEntry
from um_operator.observed.peers import PeerKey, PeerLook, Unanswered
from um_operator.planning.conditions import statuses
from um_operator.planning.planner import make_plan

NAME = "sbc01.contoso.com"
GOOD = TLS(
    leaf("sbc01", NAME, NOW),
    version="TLSv1.2",
    cipher_suite="ECDHE-RSA-AES256-GCM-SHA384",
    requests_client_certificate=True,
    status=200,
    server="Mediant 800C",
)
SITE = World(
    (gateway(port=5061, probe={"failureThreshold": 2}),),
    ModelEstate.of(
        plan_fact("pbx", voipSecurity="SIPSecured"),
        gateway_fact("sbc01", port=5061),
        group_fact("sbc01", "pbx", "4900"),
    ),
    Ledger().with_entries({SBC01: ObjectEntry(origin="Adopted", applied_generation=1)}),
).seen()


def seen(listener: Listener, **look: Any) -> Fact[PeerLook]:
    return Known(PeerLook(listener, **{"shown": "ours", "host": NAME, "port": 5061, **look}), NOW)


def silent(tries: int, reason: str = "NoAnswer") -> Fact[PeerLook]:
    return Unanswered(reason, "as it says", NOW, tries)


def status(*facts: Fact[PeerLook], before: Status | None = None) -> UMIPGatewayStatus:
    peers: dict[PeerKey, Fact[PeerLook]] = {
        ("sbc01", replace(SBC01, name=str(number))): fact for number, fact in enumerate(facts)
    }
    observed = replace(SITE.snapshot, peers=peers)
    plan = make_plan(SITE.desired, observed, SITE.ledger, NOW, pass_started=NOW)
    previous = {SBC01: before} if before else {}
    found = statuses(SITE.desired, observed, SITE.ledger, plan, {}, previous, NOW)[SBC01]
    assert isinstance(found, UMIPGatewayStatus)
    return found


def result(*facts: Fact[PeerLook]) -> tuple[str, str]:
    probe = status(*facts).probe
    assert probe is not None
    return probe.result, probe.reason


def for_a_person(*facts: Fact[PeerLook]) -> str | None:
    found = [one for one in status(*facts).conditions if one.type == "ManualActionRequired"]
    return found[0].reason if found else None


def test_a_gateway_that_answers_shows_its_certificate_and_version() -> None:
    probe = status(seen(GOOD)).probe
    assert probe is not None
    assert probe.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True) == {
        "result": "OK",
        "reason": "Answered",
        "tlsVersion": "TLSv1.2",
        "cipherSuite": "ECDHE-RSA-AES256-GCM-SHA384",
        "subject": f"CN={NAME}",
        "issuer": "CN=Contoso CA",
        "notAfter": (NOW + timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "requestsClientCertificate": True,
        "server": "Mediant 800C",
    }


@pytest.mark.parametrize(
    ("listener", "answers"),
    [
        (GOOD, True),
        (replace(GOOD, status=None), False),
        (replace(GOOD, requests_client_certificate=False), False),
        (replace(GOOD, refusal="closed"), False),
        (Plain(200), False),
    ],
)
def test_ready_says_whether_it_answers_over_mutual_tls(listener: Listener, answers: bool) -> None:
    ready = status(seen(listener)).conditions[0]
    assert ready.status == "True"
    assert ready.message.endswith(" is as declared and answers OPTIONS over mutual TLS") == answers


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (seen(replace(GOOD, status=None), asked="TLS"), ("OK", "HandshakeDone")),
        (seen(replace(GOOD, status=None)), ("OK", "SIPSilent")),
        (seen(replace(GOOD, version="TLSv1")), ("OK", "Answered")),
        (seen(Plain(200)), ("Failed", "PlainSIPOnTLSPort")),
        (seen(Plain(200), tls=False), ("OK", "Answered")),
        (seen(replace(GOOD, refusal="unknown_ca")), ("Failed", "ClientCertificateRejected")),
        (seen(replace(GOOD, refusal="closed")), ("Unknown", "ProbableCertificateRejection")),
        (silent(1), ("Unknown", "NoAnswer")),
        (silent(2), ("Failed", "NoAnswer")),
        (Unknown("NotProbed", "forbidden", NOW), ("Unknown", "NotProbed")),
    ],
)
def test_the_result_is_what_is_certain(fact: Fact[PeerLook], expected: tuple[str, str]) -> None:
    assert result(fact) == expected


def test_of_several_certificates_it_was_shown_the_worst_counts() -> None:
    assert result(seen(GOOD), silent(1), seen(replace(GOOD, refusal="unknown_ca"))) == (
        "Failed",
        "ClientCertificateRejected",
    )


def test_every_finding_is_listed_the_worst_first() -> None:
    ended = replace(GOOD, leaf=replace(GOOD.leaf, not_after=NOW), version="TLSv1", cipher_suite="AES128-SHA")
    probe = status(seen(ended)).probe
    assert probe is not None
    assert [(one.reason, one.severity) for one in probe.findings] == [
        ("PeerExpired", "Error"),
        ("OldProtocol", "Warning"),
        ("NoForwardSecrecy", "Info"),
    ]


def test_what_was_shown_stays_while_it_is_looked_at_again_for_the_first_time() -> None:
    before = status(seen(GOOD))
    assert (
        status(Unknown("WaitingForReading", "is being looked at", NOW), before=before).probe == before.probe
    )


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (seen(GOOD), None),
        (seen(Plain(200)), "PlainSIPOnTLSPort"),
        (seen(replace(GOOD, refusal="unknown_ca")), "ClientCertificateRejected"),
        (seen(replace(GOOD, leaf=replace(GOOD.leaf, not_after=NOW))), "PeerExpired"),
        (seen(replace(GOOD, refusal="closed")), None),
        (seen(replace(GOOD, refusal="certificate_required"), shown=None), None),
        (seen(replace(GOOD, path_errors=(PathError(18, 0),)), anchors="Gateway"), "PeerSelfSigned"),
        (seen(replace(GOOD, path_errors=(PathError(18, 0),)), anchors="Organization"), None),
        (silent(2, "Unreachable"), None),
        (silent(1, "NoCommonProtocol"), None),
        (silent(2, "NoCommonProtocol"), "NoCommonProtocol"),
        (silent(2, "ProbableAccessControl"), None),
        (seen(GOOD, tls=False), None),
    ],
)
def test_a_person_is_asked_for_what_is_certainly_wrong_with_the_gateway_itself(
    fact: Fact[PeerLook], expected: str | None
) -> None:
    assert for_a_person(fact) == expected


def test_a_person_is_told_what_to_do() -> None:
    conditions = {one.type: one.message for one in status(seen(Plain(200))).conditions}
    assert conditions["ManualActionRequired"] == (
        f'"{NAME}:5061" answers SIP without TLS. '
        "Turn on TLS on this port of the gateway, or declare the port that has it."
    )
