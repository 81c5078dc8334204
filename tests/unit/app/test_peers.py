"""Gateways are looked at beside the passes: as whom, how often, and without holding a pass up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from model_estate import gateway_fact, plan_fact
from peers_support import Keys, Wire
from planning_support import NOW, group_fact
from rollout_machine import authority, leaf
from um_operator.api.ip_gateway import Probe
from um_operator.api.meta import ObjectKey
from um_operator.api.references import CARef
from um_operator.app.peers import Peers
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Open, Plain
from um_operator.observed.peers import PeerLook, Unanswered
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.scope import CertificateScope, GatewayScope, Scope

UM, SBC = ObjectKey("UMCertificate", "um"), ObjectKey("UMIPGateway", "sbc01")
KEY = ("sbc01", UM)
EVERYTHING = Scope(None, certificates=(CertificateScope(UM, cast("Any", None), frozenset()),))
SOME = replace(EVERYTHING, fields=frozenset({"revisions"}))


def revision(number: int) -> RevisionFact:
    root, name = authority("Contoso CA", NOW), f"um/ex01.contoso.com/{number}"
    return RevisionFact(
        number, "ex01.contoso.com", name, "Issued", "", leaf=leaf(name, "ex01", NOW), chain=(root,)
    )


def snapshot(
    *revisions: int, security: str = "SIPSecured", gateways: tuple[str, ...] = ("sbc01",)
) -> Snapshot:
    return replace(
        Snapshot.unread("NotRead", "not read", NOW),
        dial_plans=Known({"pbx": Known(plan_fact("pbx", voipSecurity=security), NOW)}, NOW),
        gateways=Known({name: Known(gateway_fact(name, port=5061), NOW) for name in gateways}, NOW),
        hunt_groups=Known(tuple(group_fact(name, "pbx") for name in gateways), NOW),
        revisions={UM: Known(tuple(map(revision, revisions)), NOW)},
    )


def scope(probe: Probe) -> Scope:
    return replace(EVERYTHING, gateways=(GatewayScope(SBC, "SBC01", probe),))


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@dataclass
class Clock:
    at: datetime = NOW
    chance: float = 0.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def peers(wire: Wire, keys: Keys, clock: Clock) -> AsyncIterator[Peers]:
    peers = Peers(cast("Any", wire), keys.guise, lambda: clock.at, lambda: clock.chance)
    yield peers
    await peers.close()


def look(fact: Fact[PeerLook]) -> PeerLook:
    assert isinstance(fact, Known)
    return fact.value


async def test_a_gateway_is_shown_the_newest_certificate_at_the_address_that_exchange_has(
    peers: Peers, wire: Wire, keys: Keys
) -> None:
    found = await peers.read(EVERYTHING, snapshot(1, 2))
    expected = revision(2).leaf
    assert expected is not None
    assert look(found[KEY]).shown == expected.sha256
    assert keys.asked == [2]
    assert wire.looks == [("tls", gateway_fact("sbc01").address, 5061, True, 5.0)]
    seen = look(found[KEY])
    assert (seen.host, seen.port, seen.tls, seen.asked) == ("sbc01.contoso.com", 5061, True, "Options")


async def test_where_the_key_is_not_here_nothing_is_shown(peers: Peers, keys: Keys) -> None:
    keys.here = False
    assert look((await peers.read(EVERYTHING, snapshot(1)))[KEY]).shown is None


async def test_before_a_certificate_is_issued_a_gateway_is_looked_at_as_nobody(
    peers: Peers, wire: Wire
) -> None:
    found = await peers.read(EVERYTHING, snapshot())
    assert look(found["sbc01", None]).shown is None
    assert [(how, shown) for how, _, _, shown, _ in wire.looks] == [("tls", False)]


async def test_a_gateway_of_unsecured_plans_is_asked_in_plain_sip_where_exchange_has_it(
    peers: Peers, wire: Wire
) -> None:
    found = await peers.read(EVERYTHING, snapshot(1, security="Unsecured"))
    assert (look(found["sbc01", None]).listener, look(found["sbc01", None]).tls) == (Plain(200), False)
    assert [(how, port) for how, _, port, *_ in wire.looks] == [("plain", 5061)]


async def test_who_they_are_being_unknown_nobody_is_looked_at_and_nothing_forgotten(
    peers: Peers, wire: Wire
) -> None:
    await peers.read(EVERYTHING, snapshot(1))
    unread = replace(snapshot(1), hunt_groups=Unknown("NotRead", "not read", NOW))
    assert await peers.read(EVERYTHING, unread) == {}
    assert (await peers.read(SOME, snapshot(1))).keys() == {KEY}
    assert len(wire.looks) == 1


async def test_a_full_reading_looks_again_and_any_other_only_as_somebody_else(
    peers: Peers, wire: Wire, keys: Keys
) -> None:
    await peers.read(EVERYTHING, snapshot(1))
    await peers.read(SOME, snapshot(1))
    assert len(wire.looks) == 1
    await peers.read(EVERYTHING, snapshot(1))
    assert len(wire.looks) == 2
    await peers.read(SOME, snapshot(1, 2))
    assert keys.asked == [1, 1, 2]


async def test_a_gateway_that_does_not_answer_holds_no_pass_up_and_is_not_asked_twice(
    peers: Peers, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("um_operator.app.peers.PATIENCE", 0.01)
    wire.answers.clear()
    for _ in range(3):
        fact = (await peers.read(EVERYTHING, snapshot(1)))[KEY]
        assert isinstance(fact, Unknown)
        assert (fact.reason, "is being looked at" in fact.message) == ("WaitingForReading", True)
    assert len(wire.looks) == 1
    wire.answers.set()
    await asyncio.sleep(0)
    assert look((await peers.read(SOME, snapshot(1)))[KEY]).listener


async def test_what_the_manifest_forbids_is_not_done(peers: Peers, wire: Wire) -> None:
    fact = (await peers.read(scope(Probe(method="None")), snapshot(1)))[KEY]
    assert isinstance(fact, Unknown)
    assert (fact.reason, 'spec.probe.method is "None"' in fact.message) == ("NotProbed", True)
    assert wire.looks == []


@pytest.mark.parametrize(
    ("method", "security", "how"),
    [
        ("TCP", "SIPSecured", "connection"),
        ("TLS", "SIPSecured", "handshake"),
        ("TLS", "Unsecured", "connection"),
        ("TCP", "Unsecured", "connection"),
    ],
)
async def test_no_more_is_asked_than_the_manifest_says(
    peers: Peers, wire: Wire, method: Any, security: str, how: str
) -> None:
    (fact,) = (await peers.read(scope(Probe(method=method)), snapshot(1, security=security))).values()
    assert isinstance(look(fact).listener, TLS if how == "handshake" else Open)
    assert [one[0] for one in wire.looks] == [how]


async def test_a_chain_is_judged_by_the_cas_that_the_gateway_names(peers: Peers, keys: Keys) -> None:
    devices = CARef(name="devices")
    named = replace(EVERYTHING, gateways=(GatewayScope(SBC, "sbc01", authorities=devices),))
    assert look((await peers.read(named, snapshot(1)))[KEY]).anchors == "Gateway"
    assert keys.read == [devices]


async def test_what_a_gateway_showed_counts_until_as_many_tries_failed_as_its_manifest_says(
    peers: Peers, wire: Wire, clock: Clock
) -> None:
    often = scope(Probe.model_validate({"failureThreshold": 2}))
    before = (await peers.read(often, snapshot(1)))[KEY]
    wire.silent = True
    clock.at = NOW + timedelta(minutes=5)
    assert (await peers.read(often, snapshot(1)))[KEY] == before
    clock.at = NOW + timedelta(minutes=10)
    fact = (await peers.read(often, snapshot(1)))[KEY]
    assert fact == Unanswered("Unreachable", "no connection in time", NOW, 2)
    wire.silent = False
    clock.at = NOW + timedelta(minutes=15)
    assert isinstance((await peers.read(often, snapshot(1)))[KEY], Known)


async def test_the_manifest_says_how_long_a_look_may_take(peers: Peers, wire: Wire) -> None:
    await peers.read(scope(Probe(timeout=timedelta(seconds=2))), snapshot(1))
    assert [deadline for *_, deadline in wire.looks] == [2.0]


async def test_a_key_is_read_once_however_many_gateways_it_is_shown_to(
    peers: Peers, wire: Wire, keys: Keys
) -> None:
    await peers.read(EVERYTHING, snapshot(1, gateways=("sbc01", "sbc02", "sbc03")))
    assert len(wire.looks) == 3
    assert keys.asked == [1]


@pytest.mark.parametrize(
    ("chance", "minutes"), [(0.0, [0, 1, 3, 7, 15, 30, 45]), (1.0, [0, 1, 3, 7, 15, 29, 43, 57])]
)
async def test_a_gateway_that_refuses_is_left_alone_for_longer_each_time_and_not_as_long_as_others(
    peers: Peers, wire: Wire, clock: Clock, chance: float, minutes: list[int]
) -> None:
    wire.refusal, clock.chance = "unknown_ca", chance
    looked_at = []
    for minute in range(60):
        clock.at = NOW + timedelta(minutes=minute)
        before = len(wire.looks)
        fact = (await peers.read(EVERYTHING, snapshot(1)))[KEY]
        assert look(fact).listener == TLS(leaf("sbc01", wire.looks[0][1], NOW), refusal="unknown_ca")
        looked_at += [minute] if len(wire.looks) > before else []
    assert looked_at == minutes


async def test_a_gateway_that_takes_us_again_is_looked_at_as_before(
    peers: Peers, wire: Wire, clock: Clock
) -> None:
    wire.refusal = "unknown_ca"
    await peers.read(EVERYTHING, snapshot(1))
    wire.refusal, clock.at = "", NOW + timedelta(minutes=1)
    for _ in range(3):
        await peers.read(EVERYTHING, snapshot(1))
    assert len(wire.looks) == 4
