"""Exchange, hosts and probing at work on one lab, side by side as the composition root has them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from certificate_bench import EX01, PASSWORD, Certified, intermediate, leaf, root
from probing_support import parse
from um_operator.api.connection import Hosts
from um_operator.api.server_patterns import ServerPatterns
from um_operator.exchange import read
from um_operator.exchange.certificate_carrier import Bundle, CertificateCarrier
from um_operator.exchange.own_view import OwnView
from um_operator.exchange.reader import Reader
from um_operator.exchange.removal import Removal
from um_operator.exchange.server_view import ServerView, ServerViews
from um_operator.exchange.stored_certificates import CertificateReader
from um_operator.hosts.carrier import HostsCarrier
from um_operator.hosts.commands import WINDOWS_SERVICES
from um_operator.hosts.estate import HostEstate
from um_operator.hosts.sessions import A_HOST, HostSessions, endpoint_of
from um_operator.lab.estate import Lab
from um_operator.observed.fact import Known
from um_operator.observed.hosts import Listener, ServiceFact
from um_operator.planning.outcome import Outcome
from um_operator.planning.steps.base import BaseStep
from um_operator.planning.steps.certificate import InstallChain, RestartService
from um_operator.probing.listeners import UM_SERVICE, listeners, of_call_router
from um_operator.probing.prober import Prober
from um_operator.remoting import connect_to, endpoint
from um_operator.remoting.credentials import Authentication, Method, Password
from um_operator.remoting.pool import SessionPool, account_breaker
from um_operator.remoting.session import Secret

NAME = "um/ex01.contoso.com/1"
"""The revision that is brought to ex01."""
DC = "dc01.contoso.com"
CHAIN = (intermediate(), root())
OPERATOR, NO_ADMINISTRATOR = "svc-um-operator", "svc-um-jea"


class Material:
    """What the revision is made of."""

    async def bundle(self, certificate: str) -> Bundle:
        assert certificate == NAME
        pfx = leaf().pfx(chain=[one.certificate for one in CHAIN])
        return Bundle(pfx, Secret(PASSWORD.plain))

    async def issuers(self, certificate: str) -> Mapping[str, bytes] | None:
        assert certificate == NAME
        return {sha256(one): one.der for one in CHAIN}


@dataclass
class Rooms:
    """Looks at ex01, and carries steps out there."""

    lab: Lab
    reader: Reader
    views: ServerViews
    hosts: HostEstate
    sessions: HostSessions
    of_exchange: CertificateCarrier
    of_hosts: HostsCarrier

    async def carry(self, step: BaseStep) -> Outcome:
        carrier = self.of_hosts if isinstance(step, InstallChain | RestartService) else self.of_exchange
        return await carrier.carry(step, DC)

    async def done(self, step: BaseStep) -> None:
        outcome = await self.carry(step)
        assert outcome.kind == "Done", outcome

    async def view(self) -> ServerView:
        server = (await read.servers(self.reader, ServerPatterns()))[EX01]
        return (await self.views.read(self.reader, [server], {}))[EX01]

    async def services(self) -> Mapping[str, ServiceFact]:
        facts = await self.hosts.services(EX01, WINDOWS_SERVICES, {})
        return {name: fact.value for name, fact in facts.items() if isinstance(fact, Known)}

    async def listeners(self) -> Mapping[int, Listener]:
        router = (await self.view()).call_router
        assert isinstance(router, Known)
        assert router.value is not None
        tokens = count()
        prober = Prober(parse, self.lab.clock.now, lambda: f"t{next(tokens)}")
        ports = (*UM_SERVICE, *of_call_router(router.value))
        with connect_to.installed(connect_to.parse(self._leads(port.number) for port in ports)):
            facts = await listeners(prober, EX01, ports, {}, deadline=0.3)
        return {port: fact.value for port, fact in facts.items() if isinstance(fact, Known)}

    def _leads(self, port: int) -> str:
        """Where a port of the server is on the lab's network at present; a closed one is nowhere."""
        network = self.lab.calls.network
        real = network.port(EX01, port) if network.hears(EX01, port) else 1
        return f"{EX01}:{port}:{network.resolve(EX01)}:{real}"


@asynccontextmanager
async def at_work(lab: Lab, configuration: str, user: str = OPERATOR) -> AsyncIterator[Rooms]:
    """Open the ways in: Exchange as the operator, the hosts through a session configuration as a user."""
    hosts = HostSessions(
        lambda host: endpoint_of(
            host, Hosts.model_validate({"configurationName": configuration}), _account(lab, user)
        ),
        lambda target: SessionPool([target], limits=A_HOST, account=refused),
    )
    refused = account_breaker()
    way_in = endpoint.parse(f"http://{EX01}/PowerShell/", _account(lab, OPERATOR))
    with connect_to.installed(connect_to.parse(lab.connect_to)):
        async with SessionPool([way_in]) as exchange:
            own, certificates = OwnView(), CertificateReader(parse)
            reader = Reader(exchange, lab.clock.now, 20, domain_controller=DC)
            removal = Removal(certificates, own)
            yield Rooms(
                lab,
                reader,
                ServerViews(certificates, own),
                HostEstate(hosts, lab.clock.now),
                hosts,
                CertificateCarrier(exchange, reader, own, removal, Material()),
                HostsCarrier(hosts, Material()),
            )
        await hosts.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something on the estate is so."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - no event says so, the estate is asked
            await asyncio.sleep(0.02)


def sha256(certified: Certified) -> str:
    """Return what names a certificate in the machine's stores."""
    return hashlib.sha256(certified.der).hexdigest()


def _account(lab: Lab, user: str) -> Authentication:
    account = next(a for a in lab.spec.organization.accounts if a.name.endswith(user))
    return Authentication(Method.NTLM, Password(account.name, account.password))
