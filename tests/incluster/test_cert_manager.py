"""A certificate that cert-manager has signed; the cluster has its kind, and the test answers in its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cert_manager_support import DEFINITION, signed
from certificate_bench import EX01
from estate.manifests import organization, resource
from estate.wire import on_the_wire
from incluster.harness import Cluster, Reference, at_work, condition, reachable
from incluster.scene import RATE
from um_operator.kube.certificate_requests import CERTIFICATE_REQUESTS
from um_operator.lab.clock import Clock
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import smallest

UM: Reference = ("UMCertificate", "um")
EXCHANGE = {
    "endpoints": [f"http://{EX01}/PowerShell/"],
    "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
}
ISSUER = {"certManager": {"issuerRef": {"name": "internal-ca", "kind": "ClusterIssuer"}}}


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    times = ServiceTimes.fixed(5)
    async with Lab.start(smallest(), clock=Clock(rate=RATE), times=times, seed=7) as lab, reachable(lab):
        yield lab
        lab.invariants.check()


async def test_a_server_serves_what_an_issuer_of_cert_manager_signed(lab: Lab, cluster: Cluster) -> None:
    await cluster.apply(
        DEFINITION,
        organization(exchange=EXCHANGE, servers={"include": [EX01]}),
        resource("UMCertificate", "um", issuer=ISSUER),
    )
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(UM, reason="IssuancePending")
        [request] = await cluster.listed(CERTIFICATE_REQUESTS)
        ready = condition(await cluster.get(*UM), "Ready")
        name = request["metadata"]["name"]
        assert ready is not None
        assert f'CertificateRequest "{name}" waits to be approved' in ready["message"]
        assert request["spec"]["issuerRef"] == {
            **ISSUER["certManager"]["issuerRef"],
            "group": "cert-manager.io",
        }

        await signed(cluster.client, request, EX01)
        await cluster.until_ready(UM)
        wanted = ((await cluster.get(*UM)) or {})["status"]["servers"][0]["wanted"]
        assert [await on_the_wire(lab, EX01, port) for port in (5061, 5063)] == [wanted, wanted]
        assert len(await cluster.listed(CERTIFICATE_REQUESTS)) == 1, "it was asked for a second time"
