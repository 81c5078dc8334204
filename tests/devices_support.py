"""Devices under management, without servers around them, watched by the onlooker of the rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncssh

from gateways_support import SPEC, device
from um_operator.lab.clock import Clock
from um_operator.lab.devices.box import Box
from um_operator.lab.devices.cube import Cube
from um_operator.lab.devices.devices import Managed, managed
from um_operator.lab.devices.host import FileHost
from um_operator.lab.devices.spec import ManagedDevice, Product
from um_operator.lab.exchange.builder import build
from um_operator.lab.gateways.calls import Calls
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.invariants.declared import Declared, Gateway
from um_operator.lab.invariants.judge import Invariants
from um_operator.lab.journal import Effect, Journal
from um_operator.remoting import connect_to

NAMES: dict[Product, str] = {"CiscoCUBE": "cube01", "Kamailio": "kamailio01", "Asterisk": "asterisk01"}
PASSWORD = "open sesame"


@dataclass(frozen=True, slots=True)
class Workshop:
    """One device, and what happened to it."""

    managed: Managed
    calls: Calls
    journal: Journal
    company: CertificateAuthority

    @property
    def box(self) -> Box:
        """The device."""
        return self.managed.box

    @property
    def cube(self) -> Cube:
        """The device, a CUBE."""
        assert isinstance(self.box, Cube)
        return self.box

    @property
    def host(self) -> FileHost:
        """The device, a host with files."""
        assert isinstance(self.box, FileHost)
        return self.box

    @property
    def effects(self) -> list[Effect]:
        """What was changed over SSH."""
        return [effect for effect in self.journal.effects if not effect.is_by_hand]

    async def client(self, **changes: object) -> asyncssh.SSHClientConnection:
        """Log on as OpenSSH's clients do."""
        spec = self.managed.spec
        options: dict[str, object] = {
            "username": spec.user,
            "password": spec.password,
            "known_hosts": asyncssh.import_known_hosts(self.managed.known_hosts),
            "client_keys": None,
            "config": None,
            "agent_path": None,
        }
        return await asyncssh.connect(spec.fqdn, **{**options, **changes})


@asynccontextmanager
async def workshop(product: Product, enable_password: str = "") -> AsyncIterator[Workshop]:
    """Run one device; in the end everything that was done to it must have kept the rules."""
    clock = Clock.frozen()
    journal = Journal(clock)
    organization = build(SPEC, clock=clock, journal=journal)
    name = NAMES[product]
    calls = Calls(organization, [device(name)])
    invariants = Invariants.watching(organization, calls.distrusting)
    invariants.declare(Declared(gateways={name: Gateway()}, soak=timedelta(0)))
    spec = ManagedDevice(
        name,
        product,
        f"{name}.contoso.com",
        f"{name}-carrier.contoso.com",
        password=PASSWORD,
        enable_password=enable_password,
    )
    carrier = CertificateAuthority("Carrier Root CA", clock.now(), intermediate=False)
    company = CertificateAuthority("Contoso Root CA", clock.now(), intermediate=False)
    async with managed([spec], calls, journal, carrier) as found:
        rules = connect_to.parse(f"{n}:{p}:{a}:{real}" for n, p, a, real in calls.network.mapping())
        with connect_to.installed(rules):
            yield Workshop(found[name], calls, journal, company)
        invariants.check_end()
