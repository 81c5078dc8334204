"""The whole simulated estate, started and stopped as one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from um_operator.lab.clock import Clock
from um_operator.lab.company import Company
from um_operator.lab.console import Console
from um_operator.lab.devices.spec import ManagedDevice
from um_operator.lab.endpoints import Remoting, Rights, known
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
from um_operator.lab.lync.endpoints import LyncEndpoints
from um_operator.lab.lync.onlooking import LivePools
from um_operator.lab.lync.spec import LyncSpec
from um_operator.lab.ports import HTTP, HTTPS, WINRM_HTTP, WINRM_HTTPS, Ports
from um_operator.lab.powershell import PSObject, Value
from um_operator.lab.variants import Variants
from um_operator.lab.wsman.counters import Counts
from um_operator.lab.wsman.server import WSManServer
from um_operator.lab.wsman.service import Quotas
from um_operator.lab.wsman.tls import Authority

if TYPE_CHECKING:
    from um_operator.lab.devices.devices import Managed


@dataclass(frozen=True, slots=True)
class EstateSpec:
    """What an estate consists of: the organisation, the devices around it and which are managed, Lync.

    ``group_policy``: whether who signed the certificates of devices and front ends is in the Root store of
    every Exchange server, as a Group Policy brings a company's root to all members of the domain.
    """

    organization: OrganizationSpec
    devices: tuple[Device, ...] = ()
    managed: tuple[ManagedDevice, ...] = ()
    lync: LyncSpec | None = None
    group_policy: bool = False


@dataclass
class Lab:
    """A running estate; get one from :meth:`start`.

    Attributes:
        organization: the Exchange organisation.
        faults: trouble that can be planned at any time.
        calls: the telephone traffic.
        invariants: the onlooker that knows the rules of every change.
        authority: who signed the HTTPS listeners' certificates.
        company: its other CAs.
        remoting: makes the endpoints of servers.
        lync: Lync and its endpoints; None where there is none.
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
    company: Company
    remoting: Remoting
    lync: LyncEndpoints | None = None
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
        with known(spec.organization.accounts, keytab) as accounts:
            calls = Calls(organization, spec.devices)
            remoting = Remoting(organization, shell, accounts, rights, quotas or Quotas(), faults)
            lync = LyncEndpoints.of(spec.lync, remoting, calls, times) if spec.lync else None
            lab = cls(
                spec=spec,
                organization=organization,
                shell=shell,
                faults=faults,
                calls=calls,
                invariants=Invariants.watching(
                    organization, calls.distrusting, LivePools(lync.deployment) if lync else None
                ),
                authority=Authority(datetime.now(UTC), f"{spec.organization.name} Root CA"),
                company=Company(
                    spec.organization.name, organization, calls, lync, group_policy=spec.group_policy
                ),
                remoting=remoting,
                lync=lync,
            )
            async with AsyncExitStack() as running:
                ports = Ports(lab.authority, lab.connect_to, running)
                for server in spec.organization.servers:
                    await lab._start_server(server, ports)
                if lab.lync is not None:
                    await lab.lync.listen(ports)
                running.push_async_callback(lab.calls.stop)
                running.push_async_callback(lab._end_foreign_hands)
                lab.company.apply()
                await lab.calls.start()
                if lab.lync is not None:
                    running.push_async_callback(lab.lync.telephones.stop)
                    await lab.lync.start()
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
        of_lync = self.lync.servers if self.lync else ()
        servers = (*self.servers.values(), *self.winrm.values(), *of_lync)
        return Counts.of(server.counters for server in servers)

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
        if self.lync is not None:
            self.lync.went_down(server)

    async def boot(self, server: str) -> None:
        """Bring a machine back; its services start by themselves, in their time."""
        self.host(server).boot()
        self.faults.bring_up(server)
        if self.lync is not None:
            self.lync.came_up(server)

    def reboot(self, server: str, away: timedelta = timedelta(minutes=2)) -> asyncio.Task[None]:
        """Have a machine go down now and come back by itself; any callback may ask for it, a fault's too."""

        async def run() -> None:
            await self.shut_down(server)
            await self.clock.sleep(away)
            await self.boot(server)

        return self._by_foreign_hands(run())

    def restart(self, server: str, service: str) -> asyncio.Task[None]:
        """Have an administrator restart a Windows service now; why it does not start is in the journal.

        One of Lync takes what depends on it along, and all of it is started again.

        Raises:
            KeyError: the server has no such service.
        """
        found = self.host(server).services[service]
        front_end = self.lync.deployment.front_end(server) if self.lync else None
        author = Author(ADMINISTRATOR.name, server.lower(), CONSOLE, "Restart-Service")

        async def run() -> None:
            with contextlib.suppress(ServiceError):
                await (front_end.services.restart(service, author) if front_end else found.restart(author))

        return self._by_foreign_hands(run())

    def host(self, server: str) -> Host:
        """The machine of that FQDN.

        Raises:
            KeyError: there is none.
        """
        front_end = self.lync.deployment.front_end(server) if self.lync else None
        return front_end.host if front_end else self.organization.host(server)

    def _by_foreign_hands(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._foreign_hands.add(task)
        task.add_done_callback(self._foreign_hands.discard)
        return task

    async def _end_foreign_hands(self) -> None:
        await end(tuple(self._foreign_hands))

    async def _start_server(self, server: ServerSpec, ports: Ports) -> None:
        """Start remoting of a server; where there is none, hold ports on which nobody answers."""
        fqdn = f"{server.name.lower()}.{self.spec.organization.domain}"
        machine = self.organization.um_servers.get(fqdn)
        if machine is not None and machine.up and machine.runs_cmdlets:
            self.servers[fqdn] = self.remoting.exchange(fqdn)
            await ports.listen(self.servers[fqdn], HTTP, HTTPS)
        else:
            ports.hold(fqdn, HTTP, HTTPS)
        if machine is not None and machine.up:
            beside = [self.lync.on_exchange(machine.host)] if self.lync else []
            self.winrm[fqdn] = self.remoting.winrm(machine.host, jea=server.jea, beside=beside)
            await ports.listen(self.winrm[fqdn], WINRM_HTTP, WINRM_HTTPS)
        else:
            ports.hold(fqdn, WINRM_HTTP, WINRM_HTTPS)

    async def _start_management(self, running: AsyncExitStack) -> None:
        if not self.spec.managed:
            return
        from um_operator.lab.devices.devices import managed  # noqa: PLC0415 - 0.3 s that others need not pay

        carrier = CertificateAuthority("Carrier Root CA", self.clock.now(), intermediate=False)
        self.managed |= await running.enter_async_context(
            managed(self.spec.managed, self.calls, self.journal, carrier)
        )
