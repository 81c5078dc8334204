"""What a gateway shows on the wire of whom it trusts: a table of yes, no and unknown (R6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from manifests_support import gateway
from planning_support import NOW
from rollout_machine import authority, leaf
from rollout_support import Site
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Known, Unknown
from um_operator.observed.hosts import TLS, Closed, Listener, Plain
from um_operator.observed.peers import PeerLook
from um_operator.planning.rollout.peers import as_peer, secured_gateways, shown_revision, tls_peers
from um_operator.planning.rollout.trust import anchor_of, judged
from um_operator.planning.view import View

ROOT = authority("Contoso Root", NOW - timedelta(days=9))
FORMER_ROOT = replace(ROOT, sha256="f" * 64)
"""A CA of the same name and another key, as it stood before its renewal."""
OTHER_ROOT = authority("Fabrikam Root", NOW)
PEER = leaf("sbc01", "sbc01.contoso.com", NOW)
NAMED = frozenset({ROOT.subject})
STRANGERS = frozenset({"CN=Somebody else"})


def revision(number: int, root: object = ROOT, server: str = "ex01.contoso.com") -> RevisionFact:
    name = f"um/{server}/{number}"
    chain = (root,) if root is not None else ()
    return RevisionFact(number, server, name, "Issued", "asked", leaf=leaf(name, server, NOW), chain=chain)  # type: ignore[arg-type]


BETWEEN = authority("Contoso Issuing", NOW - timedelta(days=9))
"""An intermediate CA."""


def below(number: int) -> RevisionFact:
    return replace(revision(number), chain=(BETWEEN, ROOT))


NEXT, FORMER, SAME = revision(2), revision(1, FORMER_ROOT), revision(1)
FOREIGN = revision(1, OTHER_ROOT)


def tls(refusal: str = "", names: frozenset[str] = frozenset(), *, asks: bool = True) -> TLS:
    return TLS(PEER, requests_client_certificate=asks, refusal=refusal, accepted_authorities=names)


def shown(one: RevisionFact | None) -> str | None:
    return one.leaf.sha256 if one and one.leaf else None


@pytest.mark.parametrize(
    ("port", "as_whom", "known", "state"),
    [
        pytest.param(Closed(), NEXT, (NEXT,), "Unknown", id="a closed port shows nothing"),
        pytest.param(Plain(200), NEXT, (NEXT,), "Unknown", id="nor does plain SIP"),
        pytest.param(tls(asks=False), NEXT, (NEXT,), "Unknown", id="nor one that asks for no certificate"),
        pytest.param(tls(), NEXT, (NEXT,), "Trusted", id="it takes our next certificate"),
        pytest.param(tls(names=STRANGERS), NEXT, (NEXT,), "Trusted", id="whatever it names"),
        pytest.param(tls(), SAME, (NEXT, SAME), "Trusted", id="it takes another one of the same chain"),
        pytest.param(tls("unknown_ca"), NEXT, (NEXT,), "Untrusted", id="it refuses the CA"),
        pytest.param(tls("unsupported_certificate", NAMED), NEXT, (NEXT,), "Untrusted", id="or its use"),
        pytest.param(tls("closed", NAMED), NEXT, (NEXT,), "Unknown", id="it hangs up and does not say why"),
        pytest.param(tls("handshake_failure"), NEXT, (NEXT,), "Unknown", id="it fails for another reason"),
        pytest.param(tls(), FOREIGN, (NEXT, FOREIGN), "Unknown", id="it takes one of another chain"),
        pytest.param(tls("unknown_ca"), FOREIGN, (NEXT, FOREIGN), "Unknown", id="it refuses another chain"),
        pytest.param(tls(names=NAMED), FOREIGN, (NEXT, FOREIGN), "Trusted", id="it names our CA"),
        pytest.param(
            tls(names=NAMED), FORMER, (NEXT, FORMER), "Unknown", id="it names a CA as ours is called"
        ),
        pytest.param(tls("certificate_required"), None, (NEXT,), "Unknown", id="no key"),
        pytest.param(
            tls("certificate_required", NAMED), None, (NEXT,), "Trusted", id="no key, it names our CA"
        ),
        pytest.param(
            tls("certificate_required", STRANGERS), None, (NEXT,), "Untrusted", id="no key, it names others"
        ),
    ],
)  # fmt: skip
def test_a_gateway_trusts_a_chain_as_far_as_it_shows_that(
    port: Listener, as_whom: RevisionFact | None, known: tuple[RevisionFact, ...], state: str
) -> None:
    judgement = judged(PeerLook(port, shown(as_whom)), NEXT, known)
    assert judgement.state == state
    assert bool(judgement.why) == (state != "Trusted")


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ({BETWEEN.subject}, "Unknown"),
        ({BETWEEN.subject, ROOT.subject}, "Trusted"),
        ({ROOT.subject}, "Trusted"),
    ],
)
def test_a_gateway_that_names_an_intermediate_alone_is_not_known_to_have_the_root(
    names: set[str], state: str
) -> None:
    look = PeerLook(tls("certificate_required", frozenset(names)), None)
    assert judged(look, below(2), (below(2),)).state == state


def test_a_self_signed_certificate_is_a_chain_of_its_own() -> None:
    first, second = revision(1, None), revision(2, None)
    assert anchor_of(second) == second.leaf
    assert judged(PeerLook(tls(), shown(first)), second, (first, second)).state == "Unknown"
    assert judged(PeerLook(tls(), shown(second)), second, (first, second)).state == "Trusted"


def test_gateways_are_shown_the_newest_certificate_that_is_issued() -> None:
    pending = replace(revision(3), leaf=None, chain=(), state="Pending")
    elsewhere = revision(2, server="ex02.contoso.com")
    assert shown_revision(Known((SAME, elsewhere, NEXT, pending), NOW)) == elsewhere
    assert shown_revision(Known((pending,), NOW)) is None


def test_a_plan_that_is_not_understood_counts_as_secured() -> None:
    site = Site.of("ex01").secured("sbc01")
    unknown = Unknown("NotRead", "an odd row", NOW)
    snapshot = replace(site.snapshot, dial_plans=Known({"pbx": unknown}, NOW))
    assert [row.name for row in secured_gateways(snapshot)] == ["sbc01"]
    assert list(secured_gateways(Site.of("ex01").snapshot)) == []


def test_what_is_told_of_a_gateway_and_what_holds_a_chain_agree_on_a_plan_that_is_not_understood() -> None:
    site = Site.of("ex01").secured("sbc01")
    site = site.declaring(*site.resources, gateway("sbc01"))
    snapshot = replace(site.snapshot, dial_plans=Known({"pbx": Unknown("NotRead", "an odd row", NOW)}, NOW))
    view = View.at(site.desired, snapshot, site.ledger, NOW, NOW)
    [declared] = site.desired.gateways
    assert [as_peer(declared, view)] == list(tls_peers(view))


def test_a_gateway_that_is_not_understood_is_a_peer_all_the_same() -> None:
    site = Site.of("ex01").secured("sbc01")
    snapshot = replace(site.snapshot, gateways=Known({"sbc01": Unknown("NotRead", "odd", NOW)}, NOW))
    view = View.at(site.desired, snapshot, site.ledger, NOW, NOW)
    assert [peer.name for peer in tls_peers(view)] == ["sbc01"]
