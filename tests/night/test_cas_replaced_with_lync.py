"""The CAs of both products are replaced while servers and pools call each other (R5, R6, R7, R10).

That of the servers by the operator: front ends believe the new one before anything is bound, and are
restarted afterwards, for another chain is something to be found. That of the front ends by a person, who only
has to say beforehand which one comes.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from estate.declarations import Declarations
from estate.harness import write
from estate.integration import SERVER, accounts, told, way_in
from estate.manifests import resource
from estate.pools import FIRST, NUMBERS, POOL, REBUILT, PoolSite, estate_of, is_settled, manifests, pool_of
from estate.rollouts import EX01, EX02, UM, Manifest, at_the_end, rollout
from estate.server_calls import call_pool
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.service import Status
from um_operator.lab.journal import CONSOLE, Author, Occurrence
from um_operator.lab.lync.services import FRONT_END
from um_operator.lab.lync.spec import Release

pytestmark = pytest.mark.timeout(1200)

SERVERS: Final = (SERVER, "ex02.contoso.com")
GATEWAYS: Final = ("sbc01", "cube01", "kamailio01")
INTEGRATION: Final = "LyncIntegration"
NEXT: Final = "next-ca"
"""The Secret with the CA that is to come."""
PERSON: Final = Author(ADMINISTRATOR.name, "", CONSOLE, "Stop-CsWindowsService")
FRONT_ENDS_TIME: Final = timedelta(minutes=2)
A_WHILE: Final = timedelta(minutes=20)


def is_ready(report: Report) -> bool:
    """Whether everything is in force on either side."""
    return is_settled(report) and told(report).get("Ready", "").startswith("True/")


@dataclass
class Site(PoolSite):
    """Servers with a certificate that the operator looks after, beside their pool."""

    def failed(self) -> Counter[tuple[str, str]]:
        """Return which calls of the pool and to it failed or were cut: what, and at which server."""
        noted = (entry for entry in self.lab.journal.entries if isinstance(entry, Occurrence))
        return Counter(
            (entry.what, entry.server)
            for entry in noted
            if entry.what in {"CallFailed", "CallCut", "OutcallFailed", "OutcallCut"}
            and entry.details["gateway"] == POOL
        )

    async def restart_on(self, authority: CertificateAuthority) -> None:
        """Have a person give each front end a certificate of another CA, and restart it once it is idle."""
        assert self.lab.lync is not None
        for front_end in self.lab.lync.deployment.pools[POOL].front_ends:
            leaf = authority.issue(POOL, front_end.fqdn)
            front_end.host.stores.root.trust(authority.root)
            front_end.host.stores.my.add(leaf)
            front_end.certificate = leaf.thumbprint
            ran = [name for name, one in front_end.host.services.items() if one.status is not Status.STOPPED]
            person = replace(PERSON, server=front_end.fqdn)
            await self._while_time_passes(front_end.services.stop([FRONT_END], person, graceful=True))
            await self._while_time_passes(front_end.services.start(ran, person))
            await self.passes(A_WHILE)

    async def _while_time_passes(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        while not task.done():
            await self.rollout.time.leap(FRONT_ENDS_TIME)
        await task


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
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
        found = Site(work, lab, (POOL,))
        for front_end in lab.lync.deployment.front_ends:
            running = (one for one in front_end.host.services.values() if one.status is Status.RUNNING)
            found.ran[front_end.fqdn] = {one.name for one in running}
        work.organization |= way_in()
        declare(found, lab.lync.deployment.authority)
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


def declare(found: Site, *of_lync: CertificateAuthority, next_ca: CertificateAuthority | None = None) -> None:
    """Declare the integration with the CAs of its front ends, and the CA that is to come."""
    work = found.rollout
    roots = b"".join(one.root.public_bytes(Encoding.PEM) for one in of_lync)
    cas = {"ca.crt": roots.decode()}
    metadata = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lync-roots"}, "data": cas}
    listeners = {"ca.crt": found.lab.authority.pem.decode()}
    work.others = (
        *manifests((FIRST,), (POOL,), trust={"caRef": {"name": "lync-roots"}}),
        metadata,
        {**metadata, "metadata": {"name": "listeners"}, "data": listeners},
    )
    if next_ca is not None:
        data = {name: base64.b64encode(value).decode() for name, value in next_ca.files.items()}
        secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "data": data}
        work.others += ({**secret, "metadata": {"name": NEXT}}, *gateways(next_ca))
        work.certificate["issuer"] = {"ca": {"secretRef": {"name": NEXT}}}
    work.declare()


def gateways(next_ca: CertificateAuthority) -> tuple[Manifest, ...]:
    """Return the gateways of the servers, of which a person says that they believe the CA that is to come."""
    trust = {"attested": [fingerprint(next_ca)]}
    return tuple(
        resource("UMIPGateway", name, address=f"{name}.contoso.com", probe={"method": "None"}, trust=trust)
        for name in GATEWAYS
    )


def fingerprint(authority: CertificateAuthority) -> str:
    return authority.root.fingerprint(SHA256()).hex()


def shows_the_chain_of(report: Report, authority: CertificateAuthority) -> bool:
    """Whether the certificate is deployed whose peers are told to believe that CA."""
    status = report.memory.statuses.get(UM)
    if not isinstance(status, UMCertificateStatus) or status.trust_bundle is None:
        return False
    return at_the_end(report) and status.trust_bundle.sha256 == fingerprint(authority)


async def test_calls_go_on_both_ways_while_the_cas_of_servers_and_of_front_ends_are_replaced(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as found:
        lab, lync = found.lab, found.lab.lync
        assert lync is not None
        before = lync.deployment.authority
        servers_next = CertificateAuthority("Contoso Next CA", lab.clock.now())
        front_ends_next = CertificateAuthority("Lync Next CA", lab.clock.now(), intermediate=False)

        for device in lab.calls.gateways.values():
            device.tls.trusted.trust(servers_next.root)
        declare(found, before, next_ca=servers_next)
        await found.run(lambda one: shows_the_chain_of(one, servers_next) and is_ready(one))
        assert sorted(found.stops()) == [f"lyncfe0{number}" for number in range(1, 5)]
        assert all(map(found.is_whole, found.stops()))
        in_the_rollout = found.failed()
        assert {what for what, _ in in_the_rollout} <= {"CallFailed"}, (
            "at a server whose UM service restarted"
        )

        declare(found, before, front_ends_next, next_ca=servers_next)
        await found.run(is_ready)
        await found.restart_on(front_ends_next)
        by_the_person = found.failed() - in_the_rollout
        assert {what for what, _ in by_the_person} <= {"OutcallFailed"}, (
            "at a front end that a person restarts"
        )
        await found.passes(A_WHILE)
        assert found.failed() == in_the_rollout + by_the_person
        assert [await call_pool(lab, server, POOL) for server in SERVERS] == [None, None]
        assert await lync.telephones.call(POOL, NUMBERS[FIRST], talk=timedelta(0)) is None
        assert len(found.stops()) == 4, "what a person restarted is not restarted once more"
