"""What a look at a gateway says of it: one row a symptom; and what keeps a plan unsecured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from planning_support import NOW
from rollout_machine import leaf
from um_operator.api.reasons import Reason
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Closed, Listener, Open, PathError, Plain
from um_operator.observed.peers import PeerLook
from um_operator.planning.checks import peer
from um_operator.planning.checks.peer import Fault, faults, findings

NAME = "sbc01.contoso.com"
YEAR = timedelta(days=365)
GOOD = TLS(
    leaf("sbc01", NAME, NOW - YEAR / 2),
    version="TLSv1.2",
    cipher_suite="ECDHE-RSA-AES256-GCM-SHA384",
    requests_client_certificate=True,
    status=200,
)


def look(listener: Listener, **other: Any) -> PeerLook:
    return PeerLook(listener, **{"shown": "ours", "host": NAME, "port": 5061, **other})


def showing(**of_the_leaf: Any) -> TLS:
    return replace(GOOD, leaf=replace(GOOD.leaf, **of_the_leaf))


def refused(by: str, *, asked: bool = True) -> TLS:
    return replace(GOOD, status=None, refusal=by, requests_client_certificate=asked)


def chain(*codes: int, sent: int = 0) -> TLS:
    above = tuple(leaf(f"ca{number}", f"ca{number}", NOW - YEAR / 2) for number in range(sent))
    return replace(GOOD, sent=above, path_errors=tuple(PathError(code, 0) for code in codes))


ROWS: list[tuple[str, Listener, dict[str, Any], list[str]]] = [
    ("all is well", GOOD, {}, []),
    ("TLS is not asked", Open(), {"asked": "TCP"}, []),
    ("plain SIP on the TLS port", Plain(200), {}, ["PlainSIPOnTLSPort"]),
    ("plain SIP where it belongs", Plain(200), {"tls": False}, []),
    ("plain and silent", Plain(), {"tls": False}, ["SIPSilent"]),
    ("TLS on the plain port", GOOD, {"tls": False}, ["TLSOnPlainPort"]),
    ("closed", Closed(), {}, ["ConnectionRefused"]),
    ("plain and closed", Closed(), {"tls": False}, ["ConnectionRefused"]),
    ("no SIP", replace(GOOD, status=None), {}, ["SIPSilent"]),
    ("no SIP asked", replace(GOOD, status=None), {"asked": "TLS"}, []),
    ("forbidden is alive", replace(GOOD, status=403), {}, []),
    ("an error of its own", replace(GOOD, status=503), {}, ["SIPError"]),
    ("our CA is unknown", refused("unknown_ca"), {}, ["ClientCertificateRejected"]),
    ("access denied", refused("access_denied"), {}, ["ClientCertificateRejected"]),
    ("none to show", refused("certificate_required"), {"shown": None}, ["ClientCertificateRequired"]),
    ("silent close", refused("closed"), {}, ["ProbableCertificateRejection"]),
    ("failed for ours or not", refused("handshake_failure"), {}, ["ProbableCertificateRejection"]),
    ("closed on nobody", refused("closed"), {"shown": None}, ["ProbableCertificateRejection"]),
    ("closed, not asked", refused("closed", asked=False), {}, ["ProbableAccessControl"]),
    ("alert, not asked", refused("internal_error", asked=False), {}, ["Inconclusive"]),
    ("TLS 1.0", replace(GOOD, version="TLSv1"), {}, ["OldProtocol"]),
    ("TLS 1.1", replace(GOOD, version="TLSv1.1"), {}, ["OldProtocol"]),
    ("static RSA", replace(GOOD, cipher_suite="AES128-SHA"), {}, ["NoForwardSecrecy"]),
    (
        "asks for none",
        replace(GOOD, requests_client_certificate=False),
        {},
        ["ClientCertificateNotRequested"],
    ),
    ("ended", showing(not_after=NOW), {}, ["PeerExpired"]),
    ("begins later", showing(not_before=NOW + YEAR), {}, ["PeerNotValidYet"]),
    ("other name", showing(dns_names=("pbx.contoso.com",)), {}, ["PeerNameMissing"]),
    ("wildcard", showing(dns_names=("*.contoso.com",)), {}, []),
    ("no wildcard so deep", showing(dns_names=("*.com",)), {}, ["PeerNameMissing"]),
    ("no SAN", showing(dns_names=()), {}, ["PeerNameInSubjectOnly"]),
    ("small key", showing(key_size=1024), {}, ["PeerKeyWeak"]),
    ("small curve", showing(key_algorithm="EC", key_size=192), {}, ["PeerKeyWeak"]),
    ("SHA-1", showing(signature_hash="sha1"), {}, ["PeerSignatureWeak"]),
    ("clients only", showing(extended_key_usages=frozenset({"clientAuth"})), {}, ["PeerNotForServers"]),
    ("servers only", showing(extended_key_usages=frozenset({"serverAuth"})), {}, ["PeerNotForClients"]),
    ("verified", chain(), {}, []),
    ("other CA", chain(20, 21, sent=1), {}, ["PeerIssuerUnknown"]),
    ("other root, sent along", chain(19, sent=1), {}, ["PeerIssuerUnknown"]),
    ("leaf alone", chain(20, 21), {}, ["ProbableIntermediateMissing"]),
    ("self-signed", chain(18), {}, ["PeerSelfSigned"]),
    ("bad signature", chain(7, sent=1), {}, ["PeerChainBroken"]),
    ("dates are said once", chain(10), {}, []),
]


@pytest.mark.parametrize(
    ("listener", "other", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_each_symptom_has_one_finding(listener: Listener, other: dict[str, Any], expected: list[str]) -> None:
    found = list(findings(Known(look(listener, **other), NOW), NAME, NOW))
    assert [fault.reason for fault in found] == expected
    for fault in found:
        assert fault.message.startswith(f'"{NAME}:5061" ')
        assert fault.advice.endswith(".")


@pytest.mark.parametrize("reason", sorted(peer.UNANSWERED))
def test_what_shows_nothing_is_a_finding_in_the_prober_s_words(reason: str) -> None:
    fact: Fact[PeerLook] = Unknown(reason, "why", NOW)
    assert list(findings(fact, NAME, NOW)) == [Fault(Reason(reason), "why")]


@pytest.mark.parametrize("reason", ["NotProbed", "WaitingForReading"])
def test_what_was_not_looked_at_has_no_finding(reason: str) -> None:
    assert list(findings(Unknown(reason, "why", NOW), NAME, NOW)) == []


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (look(GOOD), []),
        (look(Open(), asked="TCP"), ["NotProbed"]),
        (look(Plain(200)), ["PlainSIPOnTLSPort"]),
        (look(refused("unknown_ca")), ["ClientCertificateRejected"]),
        (look(refused("closed")), ["ProbableCertificateRejection"]),
        (look(showing(not_after=NOW)), ["PeerExpired"]),
        (look(showing(dns_names=("pbx.contoso.com",))), ["PeerNameMissing"]),
        (look(replace(GOOD, version="TLSv1", status=503)), []),
        (look(chain(19, sent=1), anchors="Gateway"), ["PeerIssuerUnknown"]),
        (look(chain(20), anchors="Gateway"), ["ProbableIntermediateMissing"]),
        (look(chain(19, sent=1), anchors="Organization"), []),
        (look(chain(7, sent=1), anchors="Organization"), ["PeerChainBroken"]),
    ],
)
def test_only_what_would_break_calls_keeps_a_look_from_being_good(
    seen: PeerLook, expected: list[str]
) -> None:
    assert [fault.reason for fault in faults(seen, NAME, NOW)] == expected


def test_ambiguous_findings_are_called_so_and_no_others_are() -> None:
    named = {r for r in Reason if "probe" in r.places and r.startswith(("Probabl", "Inconclusive"))}
    assert named == peer.AMBIGUOUS
