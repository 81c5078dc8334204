"""The whole simulated estate, started and stopped as one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from um_operator.lab.clock import Clock
from um_operator.lab.console import Console
from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.endpoints import Remoting, Rights
from um_operator.lab.exchange.builder import OrganizationSpec, ServerSpec, build
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.directory import Directory
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.rbac import ADMINISTRATOR
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.faults import Faults
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.gateways.device import Device
from um_operator.lab.gateways.tasks import end
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.host import Host
from um_operator.lab.hosts.service import ServiceError
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.invariants.judge import Invariants
from um_operator.lab.journal import CONSOLE, Author, Journal
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.variants import Variants
from um_operator.lab.wsman.accounts import Account, Accounts
from um_operator.lab.wsman.server import ListenerTLS, WSManServer
from um_operator.lab.wsman.service import Quotas
from um_operator.lab.wsman.tls import Authority

if TYPE_CHECKING:
    from um_operator.lab.devices.devices import Managed

LOOPBACK = "127.0.0.1"
HTTP, HTTPS = 80, 443
WINRM_HTTP, WINRM_HTTPS = 5985, 5986


@dataclass(frozen=True, slots=True)
class EstateSpec:
    """What an estate consists of: the organisation, the devices around it, and which of them are managed."""

    organization: OrganizationSpec
    devices: tuple[Device, ...] = ()
    managed: tuple[ManagedDevice, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What the servers counted together; the console is not in it."""

    invocations: Counter[str]
    http_requests: int
    result_bytes: int
    connections: int
    shells_expired: int
    commands_abandoned: int


@dataclass
class Lab:
    """A running estate; get one from :meth:`start`.

    Attributes:
        organization: the Exchange organisation.
        faults: trouble that can be planned at any time.
        calls: the telephone traffic.
        invariants: the onlooker that knows the rules of every change.
        authority: who signed the HTTPS listeners' certificates.
        remoting: makes the endpoints of servers.
        servers: the Exchange Management Shell of each server, by its FQDN.
        winrm: each host's own WinRM, by its FQDN.
        managed: the management of devices, by the device's name.
        connect_to: where everything really is: ``HOST:PORT:ADDRESS:PORT``, curl's --connect-to.
    """

    spec: EstateSpec
    organization: Organization
    shell: ManagementShell
    faults: Faults
    calls: Calls
    invariants: Invariants
    authority: Authority
    remoting: Remoting
    connect_to: list[str] = field(default_factory=list)
    servers: dict[str, WSManServer] = field(default_factory=dict)
    winrm: dict[str, WSManServer] = field(default_factory=dict)
    managed: dict[str, Managed] = field(default_factory=dict)
    _foreign_hands: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        spec: EstateSpec,
        *,
        variants: Variants | None = None,
        clock: Clock | None = None,
        seed: int = 0,
        quotas: Quotas | None = None,
        times: ServiceTimes | None = None,
        keytab: Path | None = None,
    ) -> AsyncIterator[Lab]:
        """Start everything: servers, services, devices.

        Args:
            spec: what there is; see ``presets``.
            variants: how the open questions are answered.
            clock: the lab's time; from ``EPOCH`` on at real speed when absent.
            seed: of everything that is drawn.
            quotas: limits of each server's remoting.
            times: how long services take to stop, start and get warm.
            keytab: keys of the servers' Kerberos principals; without it Kerberos is not to be had.
        """
        clock = clock or Clock()
        journal = Journal(clock)
        organization = build(
            spec.organization, clock=clock, journal=journal, variants=variants, times=times, seed=seed
        )
        faults = Faults(clock, journal)
        shell = ManagementShell(organization, CMDLETS, spec.organization.accounts, faults.trouble)
        rights = Rights(spec.organization.accounts)
        with _accounts(spec, keytab) as accounts:
            calls = Calls(organization, spec.devices)
            lab = cls(
                spec=spec,
                organization=organization,
                shell=shell,
                faults=faults,
                calls=calls,
                invariants=Invariants.watching(organization, calls.distrusting),
                authority=Authority(datetime.now(UTC), f"{spec.organization.name} Root CA"),
                remoting=Remoting(organization, shell, accounts, rights, quotas or Quotas(), faults),
            )
            async with AsyncExitStack() as running:
                for server in spec.organization.servers:
                    await lab._start_server(server, running)
                running.push_async_callback(lab.calls.stop)
                running.push_async_callback(lab._end_foreign_hands)
                await lab.calls.start()
                await lab._start_management(running)
                for fqdn, port, address, real_port in calls.network.mapping():
                    lab.connect_to.append(f"{fqdn}:{port}:{address}:{real_port}")
                yield lab

    @property
    def journal(self) -> Journal:
        """What happened so far."""
        return self.organization.journal

    @property
    def directory(self) -> Directory:
        """The directory with all its copies."""
        return self.organization.directory

    @property
    def clock(self) -> Clock:
        """The lab's time."""
        return self.organization.clock

    @property
    def counters(self) -> Counts:
        """What clients have cost so far."""
        counted = [server.counters for server in (*self.servers.values(), *self.winrm.values())]
        return Counts(
            invocations=sum((c.invocations for c in counted), Counter()),
            http_requests=sum(c.http_requests for c in counted),
            result_bytes=sum(c.result_bytes for c in counted),
            connections=sum(c.connections for c in counted),
            shells_expired=sum(c.shells_expired for c in counted),
            commands_abandoned=sum(c.commands_abandoned for c in counted),
        )

    def console(self, server: str = "") -> Console:
        """An administrator at a server; at the first one when none is named."""
        return Console(self.shell, server.lower() or next(iter(self.organization.um_servers)))

    def change(self, cmdlet: str, *positional: Value, **parameters: Value) -> list[PSObject]:
        """Change something by hand at the first server.

        Raises:
            CmdletError: Exchange refuses it.
        """
        return self.console().change(cmdlet, *positional, **parameters)

    async def shut_down(self, server: str) -> None:
        """Take a machine away: its sessions are gone, its calls are cut, what asks it gets no answer."""
        self.faults.take_down(server)
        for endpoints in (self.servers, self.winrm):
            if (remoting := endpoints.get(server.lower())) is not None:
                remoting.service.close()
        await self.host(server).shut_down()

    async def boot(self, server: str) -> None:
        """Bring a machine back; its services start by themselves, in their time."""
        self.host(server).boot()
        self.faults.bring_up(server)

    def reboot(self, server: str, away: timedelta = timedelta(minutes=2)) -> asyncio.Task[None]:
        """Have a machine go down now and come back by itself; any callback may ask for it, a fault's too."""

        async def run() -> None:
            await self.shut_down(server)
            await self.clock.sleep(away)
            await self.boot(server)

        return self._by_foreign_hands(run())

    def restart(self, server: str, service: str) -> asyncio.Task[None]:
        """Have an administrator restart a Windows service now; why it does not start is in the journal.

        Raises:
            KeyError: the server has no such service.
        """
        found = self.host(server).services[service]
        author = Author(ADMINISTRATOR.name, server.lower(), CONSOLE, "Restart-Service")

        async def run() -> None:
            with contextlib.suppress(ServiceError):
                await found.restart(author)

        return self._by_foreign_hands(run())

    def host(self, server: str) -> Host:
        """The machine of that FQDN.

        Raises:
            KeyError: there is none.
        """
        return self.organization.host(server)

    def _by_foreign_hands(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._foreign_hands.add(task)
        task.add_done_callback(self._foreign_hands.discard)
        return task

    async def _end_foreign_hands(self) -> None:
        await end(tuple(self._foreign_hands))

    async def _start_server(self, server: ServerSpec, running: AsyncExitStack) -> None:
        """Start remoting of a server; where there is none, hold ports on which nobody answers."""
        fqdn = f"{server.name.lower()}.{self.spec.organization.domain}"
        machine = self.organization.um_servers.get(fqdn)
        tls = self.authority.listener([fqdn, fqdn.partition(".")[0]])
        if machine is not None and machine.up and machine.runs_cmdlets:
            self.servers[fqdn] = self.remoting.exchange(fqdn)
            await self._listen(self.servers[fqdn], (HTTP, HTTPS), tls, running)
        else:
            self._hold(fqdn, (HTTP, HTTPS), running)
        if machine is not None and machine.up:
            self.winrm[fqdn] = self.remoting.winrm(machine.host, jea=server.jea)
            await self._listen(self.winrm[fqdn], (WINRM_HTTP, WINRM_HTTPS), tls, running)
        else:
            self._hold(fqdn, (WINRM_HTTP, WINRM_HTTPS), running)

    async def _start_management(self, running: AsyncExitStack) -> None:
        if not self.spec.managed:
            return
        from um_operator.lab.devices.devices import managed  # noqa: PLC0415 - 0.3 s that others need not pay

        carrier = CertificateAuthority("Carrier Root CA", self.clock.now(), intermediate=False)
        self.managed |= await running.enter_async_context(
            managed(self.spec.managed, self.calls, self.journal, carrier)
        )

    async def _listen(
        self, server: WSManServer, ports: tuple[int, int], tls: ListenerTLS, running: AsyncExitStack
    ) -> None:
        running.push_async_callback(server.stop)
        plain, secure = ports
        self._map(server.name, plain, await server.listen(LOOPBACK, 0))
        self._map(server.name, secure, await server.listen(LOOPBACK, 0, tls=tls))

    def _hold(self, fqdn: str, ports: tuple[int, ...], running: AsyncExitStack) -> None:
        for port in ports:
            closed = running.enter_context(contextlib.closing(socket.socket()))
            closed.bind((LOOPBACK, 0))
            self._map(fqdn, port, closed.getsockname()[1])

    def _map(self, fqdn: str, port: int, real_port: int) -> None:
        self.connect_to.append(f"{fqdn}:{port}:{LOOPBACK}:{real_port}")


@contextmanager
def _accounts(spec: EstateSpec, keytab: Path | None) -> Iterator[Accounts]:
    known = [Account(a.name, a.password, a.upn) for a in spec.organization.accounts]
    accounts = Accounts(known, keytab)
    try:
        yield accounts
    finally:
        accounts.close()
