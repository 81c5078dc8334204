"""An organisation is deleted while a server is out of service by the operator: it comes back first (R13)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from certificate_bench import EX01
from estate.manifests import organization, resource
from incluster.harness import Cluster, Reference, at_work, reachable, until
from incluster.scene import RATE
from um_operator.api.meta import FINALIZER
from um_operator.kube.resources import SECRETS
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.service import Status
from um_operator.lab.hosts.times import ServiceTimes, Span
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.presets import smallest

BY_NIGHT = pytest.mark.night
SOAK = timedelta(minutes=1)
ORGANIZATION: Reference = ("ExchangeOrganization", "default")
UM: Reference = ("UMCertificate", "um")
ACCOUNT = "exchange-operator"
SERVICES = ("MSExchangeUM", "MSExchangeUMCR")
EXCHANGE = {
    "endpoints": [f"http://{EX01}/PowerShell/"],
    "authentication": {"method": "NTLM", "secretRef": {"name": ACCOUNT}},
}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    times = ServiceTimes(stop=Span(60, 60), start=Span(10, 10), warm=Span(60, 60))
    async with Lab.start(smallest(), clock=Clock(rate=RATE), times=times, seed=7) as lab, reachable(lab):
        lab.invariants.declare(Declared(servers=frozenset({EX01}), soak=SOAK))
        yield lab
        lab.invariants.check()


def is_out(lab: Lab) -> bool:
    return lab.host(EX01).components.state("UMCallRouter") != "Active"


async def out_of_service(lab: Lab, cluster: Cluster) -> None:
    """Return once the operator has the server out of service, and is held to bring it back."""

    async def is_so() -> bool:
        found = await cluster.get(*ORGANIZATION)
        return is_out(lab) and found is not None and FINALIZER in found["metadata"].get("finalizers", ())

    await until(is_so, "the server is out of service")


async def declare(cluster: Cluster) -> None:
    await cluster.apply(
        organization(exchange=EXCHANGE, servers={"include": [EX01]}, disruption={"soak": f"{SOAK.seconds}s"}),
        resource("UMCertificate", "um", issuer={"ca": {}}),
    )


async def delete_everything(cluster: Cluster) -> None:
    """Delete what a folder holds, as ``kubectl delete -k`` does: not in any order, the account too."""
    await cluster.client.delete(SECRETS, cluster.namespace, ACCOUNT)
    await cluster.delete(*ORGANIZATION)
    await cluster.delete(*UM)


async def until_gone(cluster: Cluster) -> None:
    async def is_so() -> bool:
        return await cluster.get(*ORGANIZATION) is None

    await until(is_so, "the organisation is gone")


def in_service(lab: Lab) -> bool:
    services = lab.host(EX01).services
    return not is_out(lab) and all(services[name].status is Status.RUNNING for name in SERVICES)


async def test_an_organisation_goes_once_what_it_took_out_of_service_is_back(
    lab: Lab, cluster: Cluster
) -> None:
    await declare(cluster)
    async with at_work(cluster, lab.clock):
        await out_of_service(lab, cluster)
        await delete_everything(cluster)
        await until_gone(cluster)
        assert in_service(lab)


@BY_NIGHT
async def test_the_next_process_brings_it_back_as_well(lab: Lab, cluster: Cluster) -> None:
    await declare(cluster)
    async with at_work(cluster, lab.clock):
        await out_of_service(lab, cluster)
    assert is_out(lab)
    await cluster.delete(*ORGANIZATION)
    await cluster.delete(*UM)
    async with at_work(cluster, lab.clock, identity="two"):
        await until_gone(cluster)
        assert in_service(lab)


@BY_NIGHT
async def test_without_its_account_it_is_let_go_and_somebody_hears_what_is_out(
    lab: Lab, cluster: Cluster
) -> None:
    await declare(cluster)
    async with at_work(cluster, lab.clock):
        await out_of_service(lab, cluster)
    await delete_everything(cluster)
    async with at_work(cluster, lab.clock, identity="two"):
        await until_gone(cluster)

        async def is_told() -> bool:
            told = [note for reason, note in await cluster.events("default") if reason == "Orphaned"]
            return any(EX01 in note for note in told)

        await until(is_told, "somebody hears of the server")
