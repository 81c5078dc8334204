"""The onlooker and real machines: a rotation by careful hands breaks nothing, careless ones are seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from gateways_support import (
    DC1,
    DC2,
    EX01,
    EX02,
    EXTENSION_ON_EX01,
    EXTENSION_ON_EX02,
    LINE,
    Telephones,
    eventually,
)
from secured_support import KINDS, authority, on_tls, served
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.components import State
from um_operator.lab.hosts.host import UM, UM_CALL_ROUTER
from um_operator.lab.hosts.service import WindowsService
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.hosts.times import ServiceTimes, Span
from um_operator.lab.invariants.declared import Declared
from um_operator.lab.invariants.judge import Invariants, RulesBrokenError
from um_operator.lab.journal import Author

TIMES = ServiceTimes(stop=Span(30, 30), start=Span(4, 4), warm=Span(20, 20))
DOMAIN_CONTROLLERS = {EX01: DC1, EX02: DC2}
DECLARED = Declared(
    servers=frozenset({EX01, EX02}), served=frozenset({"sbc01"}), soak=timedelta(minutes=10), revision="one"
)


@dataclass
class Hands:
    """An operator without a head: does what a test says, by an account that is judged."""

    estate: Telephones
    invariants: Invariants
    running: list[asyncio.Task[None]] = field(default_factory=list)

    def bind(self, entry: StoredCertificate, server: str = EX01, at: str = "") -> None:
        """Put a certificate into the store and bind both services, on a domain controller."""
        organization = self.estate.organization
        organization.host(server).stores.my.add(entry)
        for kind in KINDS.values():
            settings = settings_of(organization.um_servers[server], kind)
            assert settings is not None
            after = {"UMCertificateThumbprint": entry.thumbprint}
            before = {name: settings[name] for name in after}
            organization.directory.modify(at or DOMAIN_CONTROLLERS[server], settings.guid, after)
            organization.journal.record(
                server=server,
                domain_controller=at,
                caller="CONTOSO\\operator",
                endpoint="Microsoft.Exchange",
                cmdlet="Enable-ExchangeCertificate",
                kind=kind.value,
                name=server,
                before=before,
                after=after,
            )

    def say(self, state: State, server: str = EX01) -> None:
        """Set-ServerComponentState as Sidelined."""
        self.estate.organization.host(server).set_component(
            _by("Set-ServerComponentState"), "UMCallRouter", "Sidelined", state
        )

    async def begin_restart(self, service: str = UM, server: str = EX01) -> WindowsService:
        """Restart-Service, as far as that the service stops."""
        found = self.estate.organization.host(server).services[service]
        self.running.append(asyncio.ensure_future(found.restart(_by("Restart-Service"))))
        await self.estate.advance(0, found, "StopPending")
        return found

    async def restart(self, service: str, server: str = EX01) -> None:
        """Restart-Service, up to the worker that is not yet warm."""
        found = await self.begin_restart(service, server)
        await self.estate.advance(30, found, "StartPending")
        await self.estate.advance(4, found, "Running")

    def pass_(self, seconds: float) -> None:
        self.estate.clock.advance(timedelta(seconds=seconds))

    def broken(self) -> set[str]:
        return {violation.rule for violation in self.invariants.violations}


def _by(cmdlet: str) -> Author:
    return Author("CONTOSO\\operator", EX01, "Microsoft.PowerShell", cmdlet)


@pytest.fixture
async def hands() -> AsyncIterator[Hands]:
    async with on_tls(times=TIMES) as estate:
        invariants = Invariants.watching(estate.organization, estate.calls.distrusting)
        invariants.declare(DECLARED)
        made = Hands(estate, invariants)
        yield made
        for task in made.running:
            task.cancel()


async def test_a_rotation_by_careful_hands_breaks_no_rule_and_no_call(hands: Hands) -> None:
    extensions = {EX01: EXTENSION_ON_EX01, EX02: EXTENSION_ON_EX02}
    renewed = {server: authority(hands.estate).issue(server) for server in (EX01, EX02)}
    for server, other in ((EX01, EX02), (EX02, EX01)):
        hands.bind(renewed[server], server)
        hands.say("Draining", server)
        for service in (UM, UM_CALL_ROUTER):
            await hands.restart(service, server)
            hands.pass_(20)
            for _ in range(2):
                assert (await hands.estate.call(extension=extensions[other])).answered == 1
        hands.say("Active", server)
        for extension in extensions.values():
            assert (await hands.estate.call(extension=extension)).answered == 1
        hands.pass_(600)
    assert {server: await served(hands.estate, server) for server in renewed} == {
        server: entry.thumbprint for server, entry in renewed.items()
    }
    hands.invariants.check_end()


async def test_a_um_service_that_is_restarted_under_a_call_breaks_r10(hands: Hands) -> None:
    hands.estate.calls.gateways["sbc01"].ring(LINE, EXTENSION_ON_EX01, timedelta(hours=1))
    await hands.estate.calls.until(lambda s: s.total.in_progress == 1)
    hands.say("Draining")
    hands.pass_(120)
    await hands.begin_restart()
    await hands.estate.calls.until(lambda s: s.total.cut == 1)
    assert hands.broken() == {"R10"}


async def test_a_drain_while_another_machine_is_down_breaks_r11(hands: Hands) -> None:
    await hands.estate.organization.host(EX02).shut_down()
    hands.pass_(59)
    hands.say("Draining")
    assert hands.broken() == set(), "nobody can have seen it yet"
    hands.say("Active")
    hands.pass_(1)
    hands.say("Draining")
    assert hands.broken() == {"R11"}


async def test_a_drain_while_the_other_worker_is_cold_breaks_r11(hands: Hands) -> None:
    hands.say("Draining")
    await hands.restart(UM)
    hands.invariants.declare(Declared(servers=frozenset({EX01, EX02})))
    hands.say("Draining", EX02)
    assert hands.broken() == {"R11"}


async def test_a_restart_before_the_binding_has_arrived_breaks_r9(hands: Hands) -> None:
    hands.bind(authority(hands.estate).issue(EX01), at=DC2)
    hands.say("Draining")
    await hands.begin_restart()
    assert hands.broken() == {"R9"}


async def test_a_binding_that_no_device_believes_breaks_r6(hands: Hands) -> None:
    hands.bind(CertificateAuthority("Another Root CA", hands.estate.clock.now()).issue(EX01))
    assert hands.broken() == {"R6"}


async def test_a_binding_whose_intermediate_is_not_in_the_servers_store_breaks_r6(hands: Hands) -> None:
    another = CertificateAuthority("Another Root CA", hands.estate.clock.now())
    hands.estate.calls.gateways["sbc01"].tls.trusted.trust(another.root)
    hands.bind(another.issue(EX01))
    assert hands.broken() == {"R6"}


async def test_calls_let_in_before_the_worker_is_warm_break_r15(hands: Hands) -> None:
    hands.say("Draining")
    await hands.restart(UM_CALL_ROUTER)
    hands.say("Active")
    assert hands.broken() == {"R15"}


async def test_a_restart_on_a_server_in_maintenance_breaks_r14(hands: Hands) -> None:
    administrator = Author("administrator", EX01, "console", "Set-ServerComponentState")
    hands.estate.organization.host(EX01).set_component(
        administrator, "ServerWideOffline", "Maintenance", "Inactive"
    )
    await hands.begin_restart()
    assert "R14" in hands.broken()


async def test_a_call_for_a_mailbox_whose_um_service_we_restart_was_announced(hands: Hands) -> None:
    hands.say("Draining")
    service = await hands.begin_restart()
    await eventually(lambda: not hands.estate.calls.network.hears(EX01, 5063))
    assert (await hands.estate.call()).failed == {"Unreachable": 1}
    await hands.estate.advance(30, service, "StartPending")
    await hands.estate.advance(4, service, "Running")
    assert (await hands.estate.call()).failed == {"NotReady": 1}
    hands.invariants.check()
    hands.pass_(20)
    await hands.estate.organization.host(EX01).shut_down()
    assert (await hands.estate.call()).failed == {"Unreachable": 1}
    with pytest.raises(RulesBrokenError, match="calls, no effect: CallFailed"):
        hands.invariants.check()
