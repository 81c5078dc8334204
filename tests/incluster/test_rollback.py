"""``umctl renew``, ``rollback`` and ``retry`` with an operator at work, and with one that only remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from certificate_bench import EX01
from estate.manifests import organization, resource
from estate.wire import on_the_wire
from incluster.harness import Cluster, Reference, at_work, condition, reachable, until
from incluster.scene import RATE
from um_operator.cli.main import run
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.presets import smallest
from um_operator.local.clock import CLOCK_SETTING

pytestmark = pytest.mark.night

SOAK = timedelta(minutes=1)
UM: Reference = ("UMCertificate", "um")
EXCHANGE = {
    "endpoints": [f"http://{EX01}/PowerShell/"],
    "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
}


@pytest.fixture
async def lab(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    times = ServiceTimes.fixed(5)
    async with Lab.start(smallest(), clock=Clock(rate=RATE), times=times, seed=7) as lab, reachable(lab):
        monkeypatch.setenv(CLOCK_SETTING, lab.clock.to_setting())
        yield lab
        lab.invariants.check()


async def say(lab: Lab, cluster: Cluster, word: str) -> None:
    """Say a word about the certificate, which the onlooker hears; it returns once the operator took it up."""
    lab.invariants.declare(Declared(servers=frozenset({EX01}), soak=SOAK, revision=word))
    access = ("--kubeconfig", str(cluster.kubeconfig), "-n", cluster.namespace, "--timeout", "60s")
    assert await asyncio.to_thread(run, [word, "certificate", "um", *access]) == 0


async def served(lab: Lab) -> set[str]:
    """Return what both services show; nothing while one of them restarts."""
    try:
        return {str(await on_the_wire(lab, EX01, port)) for port in (5061, 5063)}
    except OSError:
        return set()


async def until_served(lab: Lab, cluster: Cluster, thumbprints: set[str], reason: str) -> None:
    """Wait until the server shows what it should, and that is told."""

    async def is_so() -> bool:
        return await served(lab) == thumbprints and (await cluster.ready(*UM))[1] == reason

    await until(is_so, f"{thumbprints} are served, and Ready is {reason}")


async def thumbprint(cluster: Cluster, unlike: set[str]) -> str:
    """Return what the operator says it wants, once that is issued and another one than before."""
    found = set[str]()

    async def is_issued() -> bool:
        raw = await cluster.get(*UM)
        wanted = raw["status"]["servers"][0].get("wanted") if raw is not None else None
        found.update({wanted} - unlike if wanted else ())
        return bool(found)

    await until(is_issued, "another certificate is issued")
    return found.pop()


async def test_what_a_person_calls_bad_is_taken_back_and_stays_so(lab: Lab, cluster: Cluster) -> None:
    await cluster.apply(
        organization(exchange=EXCHANGE, servers={"include": [EX01]}, disruption={"soak": f"{SOAK.seconds}s"}),
        resource("UMCertificate", "um", issuer={"ca": {}}),
    )
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(UM)
        first = {await thumbprint(cluster, unlike=set())}
        assert await served(lab) == first
        await say(lab, cluster, "renew")
        second = {await thumbprint(cluster, unlike=first)}
        await until_served(lab, cluster, second, "Deployed")
        await say(lab, cluster, "rollback")
        await until_served(lab, cluster, first, "Rejected")

    effects = len(lab.journal.effects)
    async with at_work(cluster, lab.clock, identity="two"):
        await cluster.reconciled("by the next one")
        stalled = condition(await cluster.get(*UM), "Stalled")
        assert stalled is not None
        assert 'revision "2" is rejected' in stalled["message"]
        assert (await served(lab), len(lab.journal.effects)) == (first, effects)
        await say(lab, cluster, "retry")
        await until_served(lab, cluster, second, "Deployed")
