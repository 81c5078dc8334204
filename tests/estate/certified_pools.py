"""Servers with a certificate that the operator looks after, beside a pool that has called them since long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from estate.declarations import Declarations
from estate.harness import write
from estate.integration import SERVER, accounts, told, way_in
from estate.pools import FIRST, POOL, REBUILT, PoolSite, estate_of, is_settled, manifests, pool_of
from estate.rollouts import EX01, EX02, at_the_end, rollout
from um_operator.engine.one_pass import Report
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.service import Status
from um_operator.lab.lync.spec import Release

SERVERS: Final = (SERVER, "ex02.contoso.com")
INTEGRATION: Final = "LyncIntegration"


def is_ready(report: Report) -> bool:
    """Whether everything is in force on either side."""
    return is_settled(report) and told(report).get("Ready", "").startswith("True/")


@asynccontextmanager
async def certified_site(folder: Path) -> AsyncIterator[PoolSite]:
    """Start two servers on TLS and a pool that have called each other since long, taken over as they are."""
    pool = pool_of(4, Release.SFB2015)
    async with rollout(folder, estate_of(pool, servers=(EX01, EX02))) as work:
        lab = work.lab
        assert lab.lync is not None
        for one in lab.lync.deployment.pools.values():
            one.membership.rebuilding = REBUILT
        work.operator.folders.append(write(folder / "accounts", accounts(lab)))
        work.operator.declarations = Declarations(
            served=frozenset({*work.operator.declarations.served, POOL}),
            computers={POOL: pool.members},
            approved=frozenset(pool.members),
        )
        found = PoolSite(work, lab, (POOL,))
        for front_end in lab.lync.deployment.front_ends:
            running = (one for one in front_end.host.services.values() if one.status is Status.RUNNING)
            found.ran[front_end.fqdn] = {one.name for one in running}
        work.organization |= way_in()
        integrate(found, FIRST)
        integration, work.others = (
            work.others,
            tuple(one for one in work.others if one["kind"] != INTEGRATION),
        )
        work.declare()
        await work.run(at_the_end)
        work.others = integration
        work.declare()
        await work.run(is_ready)
        assert found.stops() == []
        yield found


def integrate(
    site: PoolSite, *plans: str, of_lync: tuple[CertificateAuthority, ...] = (), **spec: Any
) -> None:
    """Declare which plans the pool shares, and the CAs of its front ends; ``spec`` is the integration's."""
    assert site.lab.lync is not None
    authorities = of_lync or (site.lab.lync.deployment.authority,)
    cas = b"".join(one.root.public_bytes(Encoding.PEM) for one in authorities)
    metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lync-roots"}}
    listeners = {"ca.crt": site.lab.authority.pem.decode()}
    site.rollout.others = (
        *manifests(plans, (POOL,), trust={"caRef": {"name": "lync-roots"}}, **spec),
        {**metadata, "data": {"ca.crt": cas.decode()}},
        {**metadata, "metadata": {"name": "listeners"}, "data": listeners},
    )
    site.rollout.declare()
