"""The CAs of both products are replaced while servers and pools call each other (R5, R6, R7, R10).

That of the servers by the operator: front ends believe the new one before anything is bound, and are
restarted afterwards, for another chain is something to be found. That of the front ends by a person, who only
has to say beforehand which one comes.
"""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from estate.certified_pools import SERVERS, certified_site, integrate, is_ready
from estate.manifests import resource
from estate.pools import FIRST, NUMBERS, POOL, PoolSite
from estate.rollouts import UM, Manifest, at_the_end
from estate.server_calls import call_pool
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.service import Status
from um_operator.lab.journal import CONSOLE, Author, Occurrence
from um_operator.lab.lync.services import FRONT_END

pytestmark = pytest.mark.timeout(1200)

GATEWAYS: Final = ("sbc01", "cube01", "kamailio01")
NEXT: Final = "next-ca"
"""The Secret with the CA that is to come."""
PERSON: Final = Author(ADMINISTRATOR.name, "", CONSOLE, "Stop-CsWindowsService")
FRONT_ENDS_TIME: Final = timedelta(minutes=2)
A_WHILE: Final = timedelta(minutes=20)


def failed(site: PoolSite) -> Counter[tuple[str, str]]:
    """Return which calls of the pool and to it failed or were cut: what, and at which server."""
    noted = (entry for entry in site.lab.journal.entries if isinstance(entry, Occurrence))
    return Counter(
        (entry.what, entry.server)
        for entry in noted
        if entry.what in {"CallFailed", "CallCut", "OutcallFailed", "OutcallCut"}
        and entry.details["gateway"] == POOL
    )


async def restart_on(site: PoolSite, authority: CertificateAuthority) -> None:
    """Have a person give each front end a certificate of another CA, and restart it once it is idle."""
    assert site.lab.lync is not None
    for front_end in site.lab.lync.deployment.pools[POOL].front_ends:
        leaf = authority.issue(POOL, front_end.fqdn)
        front_end.host.stores.root.trust(authority.root)
        front_end.host.stores.my.add(leaf)
        front_end.certificate = leaf.thumbprint
        ran = [name for name, one in front_end.host.services.items() if one.status is not Status.STOPPED]
        person = replace(PERSON, server=front_end.fqdn)
        await while_time_passes(site, front_end.services.stop([FRONT_END], person, graceful=True))
        await while_time_passes(site, front_end.services.start(ran, person))
        await site.passes(A_WHILE)


async def while_time_passes(site: PoolSite, work: Coroutine[Any, Any, None]) -> None:
    """Do something that takes its time."""
    task = asyncio.create_task(work)
    while not task.done():
        await site.rollout.time.leap(FRONT_ENDS_TIME)
    await task


def declare(site: PoolSite, next_ca: CertificateAuthority, *of_lync: CertificateAuthority) -> None:
    """Declare the CA that is to come, beside the integration with the CAs of its front ends."""
    work = site.rollout
    integrate(site, FIRST, of_lync=of_lync)
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
    async with certified_site(tmp_path) as found:
        lab, lync = found.lab, found.lab.lync
        assert lync is not None
        before = lync.deployment.authority
        servers_next = CertificateAuthority("Contoso Next CA", lab.clock.now())
        front_ends_next = CertificateAuthority("Lync Next CA", lab.clock.now(), intermediate=False)

        for device in lab.calls.gateways.values():
            device.tls.trusted.trust(servers_next.root)
        declare(found, servers_next)
        await found.run(lambda one: shows_the_chain_of(one, servers_next) and is_ready(one))
        assert sorted(found.stops()) == [f"lyncfe0{number}" for number in range(1, 5)]
        assert all(map(found.is_whole, found.stops()))
        in_the_rollout = failed(found)
        assert {what for what, _ in in_the_rollout} <= {"CallFailed"}, (
            "at a server whose UM service restarted"
        )

        declare(found, servers_next, before, front_ends_next)
        await found.run(is_ready)
        await restart_on(found, front_ends_next)
        by_the_person = failed(found) - in_the_rollout
        assert {what for what, _ in by_the_person} <= {"OutcallFailed"}, (
            "at a front end that a person restarts"
        )
        await found.passes(A_WHILE)
        assert failed(found) == in_the_rollout + by_the_person
        assert [await call_pool(lab, server, POOL) for server in SERVERS] == [None, None]
        assert await lync.telephones.call(POOL, NUMBERS[FIRST], talk=timedelta(0)) is None
        assert len(found.stops()) == 4, "what a person restarted is not restarted once more"
