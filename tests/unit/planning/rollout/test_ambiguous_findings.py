"""What has several causes starts nothing: no restart, no drain, no way back, whenever it is seen (R4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from manifests_support import gateway
from rollout_machine import leaf
from rollout_reading import UM
from rollout_support import Site
from um_operator.engine import ledger as transitions
from um_operator.observed.fact import Fact, Known, Unknown
from um_operator.observed.hosts import TLS, HostFacts, Listener, Plain
from um_operator.observed.peers import PeerLook
from um_operator.observed.snapshot import Snapshot
from um_operator.planning.checks.peer import AMBIGUOUS
from um_operator.planning.planner import make_plan
from um_operator.planning.steps import ConfigureService, DrainServer, RestartService, SetVoIPSecurity

LATER = (timedelta(0), timedelta(days=1))
ONE, ALL = frozenset({"ex01.contoso.com"}), frozenset({"ex01.contoso.com", "ex02.contoso.com"})
Symptom = Callable[[Fact[Listener]], Fact[Listener]]


def nothing_known(reason: str) -> Symptom:
    return lambda fact: Unknown(reason, "as it says", fact.read_at if isinstance(fact, Known) else fact.since)


def refusing(fact: Fact[Listener]) -> Fact[Listener]:
    """The certificate is shown, and then the connection closed; SIP is not answered."""
    if isinstance(fact, Known) and isinstance(fact.value, TLS):
        return replace(fact, value=replace(fact.value, status=None, refusal="closed"))
    return Known(Plain(), fact.read_at) if isinstance(fact, Known) and isinstance(fact.value, Plain) else fact


SYMPTOMS: Mapping[str, Symptom] = {
    **{str(reason): nothing_known(reason) for reason in sorted(AMBIGUOUS)},
    "closes after its certificate": refusing,
}


def site_with_a_peer() -> Site:
    """Two servers and a gateway on TLS, of which a person says that it trusts the CA."""
    site = Site.of("ex01", "ex02")
    anchor = site.servers.root.sha256 if site.servers.root else ""
    return site.secured("sbc01").declaring(*site.resources, gateway("sbc01", trust={"attested": [anchor]}))


def ill(site: Site, symptom: Symptom, where: frozenset[str] = ALL) -> Snapshot:
    """What is read when every port of some servers and the gateway show the same symptom."""

    def host(facts: HostFacts) -> HostFacts:
        return replace(facts, listeners={port: symptom(fact) for port, fact in facts.listeners.items()})

    snapshot = site.snapshot
    shown = symptom(Known(TLS(leaf("sbc01", "sbc01.contoso.com", site.now)), site.now))
    look = shown if isinstance(shown, Unknown) else Known(PeerLook(shown.value, "ours"), shown.read_at)
    hosts = {key: host(facts) if key in where else facts for key, facts in snapshot.hosts.items()}
    return replace(snapshot, hosts=hosts, peers={("sbc01", UM): look})


def interrupting(site: Site, snapshot: Snapshot) -> Iterator[str]:
    """Yield what may run now, is felt by callers, or goes back."""
    ledger, _ = transitions.read(site.ledger, site.desired, snapshot, site.now)
    plan = make_plan(site.desired, snapshot, ledger, site.now, pass_started=site.now, approval=site.approval)
    for step in plan.ready:
        back = isinstance(step, ConfigureService) and bool(step.rejects)
        if step.interrupts or back or isinstance(step, RestartService | DrainServer | SetVoIPSecurity):
            yield step.step_id


@pytest.fixture(scope="module")
def moments() -> list[Site]:
    """A first deployment and a renewal, step by step."""
    first = list(site_with_a_peer().journey())
    assert not first[-1].plan.steps
    renewed = list(first[-1].later(timedelta(days=300)).journey())
    assert {moment.servers.starts for moment in (*first, *renewed)} >= {0, 4, 8}
    return [*first[::2], *renewed[::2], renewed[-1]]


@pytest.mark.parametrize("symptom", SYMPTOMS.values(), ids=SYMPTOMS)
def test_an_ambiguous_symptom_starts_nothing_that_would_not_run_without_it(
    moments: list[Site], symptom: Symptom
) -> None:
    for moment in moments:
        for later in LATER:
            site = moment.later(later)
            without = set(interrupting(site, site.snapshot))
            for where in (ONE, ALL):  # where all are ill, the budget alone might hold everything
                assert set(interrupting(site, ill(site, symptom, where))) <= without, site.sentences


def test_a_server_that_serves_as_it_should_is_left_alone_by_every_symptom(moments: list[Site]) -> None:
    well = moments[-1]
    for symptom in SYMPTOMS.values():
        for later in LATER:
            site = well.later(later)
            assert list(interrupting(site, ill(site, symptom, ONE))) == []


def test_what_is_certain_is_repaired(moments: list[Site]) -> None:
    def another(fact: Fact[Listener]) -> Fact[Listener]:
        if isinstance(fact, Known) and isinstance(fact.value, TLS):
            return replace(fact, value=replace(fact.value, leaf=leaf("other", "ex01.contoso.com", well.now)))
        return fact

    well = moments[-1].later(timedelta(days=1))
    assert list(interrupting(well, ill(well, another, ONE))) != []
