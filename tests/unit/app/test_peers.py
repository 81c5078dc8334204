"""Gateways are looked at beside the passes: as whom, how often, and without holding a pass up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from model_estate import gateway_fact, plan_fact
from planning_support import NOW, group_fact
from rollout_machine import authority, leaf
from um_operator.api.ip_gateway import Probe
from um_operator.api.meta import ObjectKey
from um_operator.app.peers import Peers
from um_operator.observed.certificates import RevisionFact
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, Listener
from um_operator.observed.peers import PeerLook
from um_operator.observed.revision import Revision
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.scope import CertificateScope, GatewayScope, Scope
from um_operator.probing.identity import ClientIdentity

UM, SBC = ObjectKey("UMCertificate", "um"), ObjectKey("UMIPGateway", "sbc01")
KEY = ("sbc01", UM)
IDENTITY = ClientIdentity.nobody()
EVERYTHING = Scope(None, certificates=(CertificateScope(UM, cast("Any", None), frozenset()),))
SOME = replace(EVERYTHING, fields=frozenset({"revisions"}))


class Wire:
    """A prober that answers when it is let to."""

    def __init__(self) -> None:
        self.looks: list[tuple[str, int, bool, float]] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.refusal = ""

    async def handshake(
        self, host: str, port: int, *, identity: ClientIdentity | None, deadline: float
    ) -> Fact[Listener]:
        self.looks.append((host, port, identity is not None, deadline))
        await self.answers.wait()
        return Known(TLS(leaf("sbc01", host, NOW), refusal=self.refusal), NOW)


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


class Keys:
    """Who has the private key of which revision."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.here = True

    async def identity(self, revision: Revision) -> ClientIdentity | None:
        self.asked.append(revision.number)
        return IDENTITY if self.here else None


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@dataclass
class Clock:
    at: datetime = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def peers(wire: Wire, keys: Keys, clock: Clock) -> AsyncIterator[Peers]:
    peers = Peers(cast("Any", wire), keys.identity, lambda: clock.at)
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
    assert [(host, port, shown) for host, port, shown, _ in wire.looks] == [
        (gateway_fact("sbc01").address, 5061, True)
    ]


async def test_where_the_key_is_not_here_nothing_is_shown(peers: Peers, keys: Keys) -> None:
    keys.here = False
    assert look((await peers.read(EVERYTHING, snapshot(1)))[KEY]).shown is None


async def test_nobody_is_looked_at_without_a_certificate_or_on_an_unsecured_plan(
    peers: Peers, wire: Wire
) -> None:
    assert await peers.read(EVERYTHING, snapshot()) == {}
    assert await peers.read(EVERYTHING, snapshot(1, security="Unsecured")) == {}
    assert wire.looks == []


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


@pytest.mark.parametrize("method", ["TCP", "None"])
async def test_what_the_manifest_forbids_is_not_done(peers: Peers, wire: Wire, method: Any) -> None:
    scope = replace(EVERYTHING, gateways=(GatewayScope(SBC, "SBC01", Probe(method=method)),))
    fact = (await peers.read(scope, snapshot(1)))[KEY]
    assert isinstance(fact, Unknown)
    assert f'spec.probe.method is "{method}"' in fact.message
    assert wire.looks == []


async def test_the_manifest_says_how_long_a_look_may_take(peers: Peers, wire: Wire) -> None:
    probe = Probe(timeout=timedelta(seconds=2))
    await peers.read(replace(EVERYTHING, gateways=(GatewayScope(SBC, "sbc01", probe),)), snapshot(1))
    assert [deadline for *_, deadline in wire.looks] == [2.0]


async def test_a_key_is_read_once_however_many_gateways_it_is_shown_to(
    peers: Peers, wire: Wire, keys: Keys
) -> None:
    await peers.read(EVERYTHING, snapshot(1, gateways=("sbc01", "sbc02", "sbc03")))
    assert len(wire.looks) == 3
    assert keys.asked == [1]


async def test_a_gateway_that_refuses_is_left_alone_for_longer_each_time(
    peers: Peers, wire: Wire, clock: Clock
) -> None:
    wire.refusal = "unknown_ca"
    looked_at = []
    for minute in range(60):
        clock.at = NOW + timedelta(minutes=minute)
        before = len(wire.looks)
        fact = (await peers.read(EVERYTHING, snapshot(1)))[KEY]
        assert look(fact).listener == TLS(leaf("sbc01", wire.looks[0][0], NOW), refusal="unknown_ca")
        looked_at += [minute] if len(wire.looks) > before else []
    assert looked_at == [0, 1, 3, 7, 15, 30, 45]


async def test_a_gateway_that_takes_us_again_is_looked_at_as_before(
    peers: Peers, wire: Wire, clock: Clock
) -> None:
    wire.refusal = "unknown_ca"
    await peers.read(EVERYTHING, snapshot(1))
    wire.refusal, clock.at = "", NOW + timedelta(minutes=1)
    for _ in range(3):
        await peers.read(EVERYTHING, snapshot(1))
    assert len(wire.looks) == 4
