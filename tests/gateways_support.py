"""A small estate with telephones, whose cmdlets and calls a test runs directly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from um_operator.lab.clock import Clock
from um_operator.lab.exchange.builder import (
    GatewaySpec,
    MailboxSpec,
    OrganizationSpec,
    PlanSpec,
    ServerSpec,
    build,
)
from um_operator.lab.exchange.cmdlets import CMDLETS
from um_operator.lab.exchange.directory import Replication, Site
from um_operator.lab.exchange.organization import Organization
from um_operator.lab.exchange.shell import ManagementShell
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.gateways.device import Device, Line
from um_operator.lab.gateways.tally import Counts
from um_operator.lab.hosts.service import ServiceError, WindowsService
from um_operator.lab.hosts.times import INSTANT, ServiceTimes
from um_operator.lab.journal import Author, Journal, Occurrence
from um_operator.lab.powershell import Caller, CmdletError, Invocation, PSObject, Value
from um_operator.lab.variants import Variants

DC1, DC2 = "dc01.contoso.com", "dc02.contoso.com"
EX01, EX02 = "ex01.contoso.com", "ex02.contoso.com"
ADMINISTRATOR = "administrator"
BY_HAND = Author(ADMINISTRATOR, EX01, "console", "Restart-Service")
PILOT, EXTENSION_ON_EX01, EXTENSION_ON_EX02 = "4900", "1001", "1002"
POLL_AND_REPLICATION = timedelta(minutes=14)

SPEC = OrganizationSpec(
    name="Contoso",
    domain="contoso.com",
    sites=(Site("Berlin", (DC1,)), Site("Hamburg", (DC2,))),
    servers=(ServerSpec("ex01", "Berlin"), ServerSpec("ex02", "Hamburg")),
    plans=(PlanSpec("Contoso-PBX"),),
    gateways=(GatewaySpec("sbc01", "sbc01.contoso.com", (("main", "Contoso-PBX", PILOT),)),),
    mailboxes=(
        MailboxSpec("ann", "ex01", "Contoso-PBX", EXTENSION_ON_EX01),
        MailboxSpec("bob", "ex02", "Contoso-PBX", EXTENSION_ON_EX02),
    ),
    replication=Replication(between_sites=timedelta(minutes=3)),
)
LINE = Line(PILOT, "Contoso-PBX", (EXTENSION_ON_EX01, EXTENSION_ON_EX02))


def device(name: str = "sbc01", **changes: object) -> Device:
    """A silent device: it calls when a test says so."""
    defaults: dict[str, object] = {
        "fqdn": f"{name}.contoso.com",
        "lines": (LINE,),
        "call_routers": (EX01, EX02),
        "channels": 0,
    }
    return Device(name=name, **{**defaults, **changes})  # type: ignore[arg-type]


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until a condition holds that other tasks bring about; ten real seconds at most."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.005)


@dataclass
class _Collected:
    rows: list[Value] = field(default_factory=list)
    errors: list[CmdletError] = field(default_factory=list)

    def output(self, value: Value) -> None:
        self.rows.append(value)

    def error(self, error: CmdletError) -> None:
        self.errors.append(error)

    def warning(self, message: str) -> None:
        """Warnings are of no interest here."""


@dataclass
class Telephones:
    """An organisation, its cmdlets, its calls."""

    clock: Clock
    organization: Organization
    calls: Calls
    shell: ManagementShell

    async def run(self, cmdlet: str, *positional: Value, **parameters: Value) -> list[PSObject]:
        """Run one cmdlet that must not fail, on Berlin's domain controller."""
        collected = _Collected()
        invocation = Invocation(cmdlet, {"DomainController": DC1, **parameters}, positional)
        await self.shell.run(invocation, Caller(ADMINISTRATOR, EX01, "Microsoft.Exchange"), collected)
        assert not collected.errors, collected.errors
        return [row for row in collected.rows if isinstance(row, PSObject)]

    async def call(
        self, name: str = "sbc01", line: Line = LINE, extension: str = EXTENSION_ON_EX01
    ) -> Counts:
        """Have a device place one call that ends at once; what became of it."""
        before = self.calls.summary().gateways.get(name, Counts())
        await self.calls.gateways[name].call(line, extension, timedelta(0))
        after = self.calls.summary().gateways[name]
        return Counts(
            after.placed - before.placed,
            after.answered - before.answered,
            after.cut - before.cut,
            after.in_progress,
            after.failed - before.failed,
        )

    async def stop(self, fqdn: str, name: str = "") -> None:
        """An administrator stops the services of a server, or one of them."""
        for service in self._services(fqdn, name):
            await service.stop(BY_HAND)

    async def start(self, fqdn: str, name: str = "") -> None:
        """An administrator starts them; one that does not start says why in the journal."""
        for service in self._services(fqdn, name):
            with suppress(ServiceError):
                await service.start(BY_HAND)

    async def advance(self, seconds: float, service: WindowsService, status: str) -> None:
        """Let time pass, and wait for the state that it brings a service to."""
        self.clock.advance(timedelta(seconds=seconds))
        await eventually(lambda: service.status.value == status)

    def _services(self, fqdn: str, name: str) -> list[WindowsService]:
        installed = self.organization.host(fqdn).services
        return [installed[name]] if name else list(installed.values())

    def everywhere(self) -> None:
        """Let so much time pass that every server has read what was written."""
        self.clock.advance(POLL_AND_REPLICATION)

    def notes(self, what: str) -> list[Occurrence]:
        """What happened by itself, of one kind."""
        return [e for e in self.organization.journal.entries if isinstance(e, Occurrence) and e.what == what]


@asynccontextmanager
async def telephones(
    spec: OrganizationSpec = SPEC,
    *devices: Device,
    clock: Clock | None = None,
    outcall_pause: timedelta = timedelta(days=1),
    times: ServiceTimes = INSTANT,
    variants: Variants | None = None,
) -> AsyncIterator[Telephones]:
    """Start an estate on a frozen clock unless another is given, and stop it at the end."""
    clock = clock or Clock.frozen()
    organization = build(spec, clock=clock, journal=Journal(clock), variants=variants, times=times)
    calls = Calls(organization, devices or (device(),), outcall_pause=outcall_pause)
    await calls.start()
    try:
        yield Telephones(clock, organization, calls, ManagementShell(organization, CMDLETS, spec.accounts))
    finally:
        await calls.stop()
