"""The nine steps of the first procedure: with one missing or done wrong calls fail, and a condition names it.

One estate on which all are done; for each row a person undoes or spoils one step on every server or gateway,
an operator in Observe looks at it, and then the person puts it right again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from estate.cut_overs import FQDNS, GATEWAYS, NAME, CutOver, cut_over
from um_operator.engine.one_pass import Report
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.calling import Attempt, Caller, CallError
from um_operator.lab.gateways.desks import settings_of
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.hosts.authority import CertificateAuthority
from um_operator.lab.hosts.stores import StoredCertificate
from um_operator.lab.variants import TLSOnUnsecured, Variants

pytestmark = pytest.mark.timeout(1500)

GATEWAY = "sbc01"
KINDS = (Kind.UM_SERVICE, Kind.CALL_ROUTER)
AWHILE = timedelta(minutes=6)
POLLED = timedelta(minutes=16)
HANGS = 20.0
"""Real seconds: a port of plain SIP is silent to TLS until whoever calls gives up."""


@dataclass
class Hands:
    """A person at work on the estate, and what calls the gateway can place and take."""

    estate: CutOver
    leaves: dict[str, StoredCertificate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lab = self.estate.work.lab
        for fqdn in FQDNS:
            shown = next(shown for shown in self.estate.work.served()[fqdn] if shown)
            leaf = self.lab.host(fqdn).stores.my.find(shown)
            assert leaf is not None
            self.leaves[fqdn] = leaf

    def write(self, kinds: tuple[Kind, ...] = KINDS, **attributes: object) -> None:
        """Write attributes of services of every server, known everywhere at once."""
        for fqdn in FQDNS:
            server = self.lab.organization.um_servers[fqdn]
            for kind in kinds:
                settings = settings_of(server, kind)
                assert settings is not None
                self.lab.directory.modify(server.domain_controllers[0], settings.guid, attributes)
        self.lab.directory.replicate_now()

    def bind(self, of: Callable[[str], str | None]) -> None:
        """Bind the services of each server."""
        for fqdn in FQDNS:
            server = self.lab.organization.um_servers[fqdn]
            for kind in KINDS:
                settings = settings_of(server, kind)
                assert settings is not None
                attributes = {"UMCertificateThumbprint": of(fqdn)}
                self.lab.directory.modify(server.domain_controllers[0], settings.guid, attributes)
        self.lab.directory.replicate_now()

    async def restart(self) -> None:
        """Restart every server."""
        tasks = [self.lab.reboot(fqdn, timedelta(seconds=30)) for fqdn in FQDNS]
        await self.estate.work.time.leap(AWHILE)
        await asyncio.gather(*tasks)

    async def by_cmdlet(self, cmdlet: str, name: str, **parameters: Any) -> None:
        """Change something of the plan or the gateway, and let every server read it."""
        self.lab.change(cmdlet, name, **parameters)
        self.lab.directory.replicate_now()
        await self.estate.work.time.leap(POLLED)

    async def call(self) -> str:
        """Place a call over TLS to each server; why the first that fails does, empty if none does."""
        device = self.lab.calls.gateways[GATEWAY]
        caller = Caller(self.lab.calls.network, device.device.fqdn, device.tls.client)
        for fqdn in FQDNS:
            try:
                dialog = await caller.call(Attempt(Uri("4900", fqdn, 5061, "tls"), "0815"))
                await dialog.hold(asyncio.sleep(0))
            except CallError as error:
                return error.cause.value
        return ""

    async def answer(self) -> str:
        """Have every server ask the gateway whether it is there, as before each call to it."""
        before = self.lab.calls.summary().probes[GATEWAY].failures
        await self.estate.work.time.leap(POLLED)
        with contextlib.suppress(TimeoutError):
            probes = self.lab.calls.probes
            await probes.until(lambda: probes.by_gateway()[GATEWAY].failures > before, HANGS)
            return "Outgoing"
        return ""

    async def mended(self) -> None:
        """Put everything right again."""
        self.estate.loads_ca = frozenset(GATEWAYS)
        devices = self.lab.calls.device_authority.root
        for fqdn, leaf in self.leaves.items():
            self.lab.host(fqdn).stores.my.add(leaf)
            self.lab.host(fqdn).stores.root.trust(devices)
        for name in self.estate.loads_ca:
            for anchor in self.estate.anchors():
                self.lab.calls.gateways[name].tls.trusted.trust(anchor)
        self.write(UMStartupMode="Dual")
        self.bind(lambda fqdn: self.leaves[fqdn].thumbprint)
        self.lab.change("Set-UMDialPlan", NAME, VoIPSecurity="SIPSecured")
        self.lab.change("Set-UMIPGateway", GATEWAY, Address=f"{GATEWAY}.contoso.com", Port=5061)
        self.lab.directory.replicate_now()
        await self.restart()


def told(report: Report) -> str:
    """Return everything that the statuses tell of conditions and of what is waited for."""
    lines = []
    for key, status in sorted(report.memory.statuses.items(), key=lambda item: str(item[0])):
        lines += [f"{key} {one.type}={one.status} {one.reason}: {one.message}" for one in status.conditions]
        for row in getattr(status, "servers", ()):
            lines.append(f"{key} {row}")
        if (probe := getattr(status, "probe", None)) is not None:
            lines.append(f"{key} probe {probe.reason}")
    return "\n".join(lines)


Row: TypeAlias = Callable[[Hands], Awaitable[None]]
"""A person undoes or spoils a step."""


@asynccontextmanager
async def complete(folder: Path) -> AsyncIterator[Hands]:
    """Have the operator do all nine steps; then it only observes."""
    variants = Variants(tls_on_unsecured=TLSOnUnsecured.REFUSED)
    async with cut_over(folder, variants=variants) as estate:
        await estate.until("SIPSecured")
        hands = Hands(estate)
        assert await hands.call() == ""
        estate.work.organization = {"mode": "Observe"}
        estate.declare()
        effects = len(hands.lab.journal.effects)
        yield hands
        assert all(effect.is_by_hand for effect in hands.lab.journal.effects[effects:])


async def no_certificate(hands: Hands) -> None:
    for fqdn, leaf in hands.leaves.items():
        hands.lab.host(fqdn).stores.my.remove(leaf.thumbprint)
    await hands.restart()


async def for_another_name(hands: Hands) -> None:
    other = CertificateAuthority("Other", hands.lab.clock.now(), intermediate=False)
    leaves = {fqdn: other.issue("www.contoso.com") for fqdn in FQDNS}
    for fqdn, leaf in leaves.items():
        hands.lab.host(fqdn).stores.my.add(leaf)
        hands.lab.host(fqdn).stores.root.trust(other.root)
    hands.lab.calls.gateways[GATEWAY].tls.trusted.trust(other.root)
    hands.bind(lambda fqdn: leaves[fqdn].thumbprint)
    await hands.restart()


async def not_imported_on_the_second(hands: Hands) -> None:
    hands.lab.host(FQDNS[1]).stores.my.remove(hands.leaves[FQDNS[1]].thumbprint)
    await hands.restart()


async def not_enabled(hands: Hands) -> None:
    hands.bind(lambda _: None)
    await hands.restart()


async def enabled_by_thumbprint_of_another_server(hands: Hands) -> None:
    first = hands.leaves[FQDNS[0]]
    hands.lab.host(FQDNS[1]).stores.my.add(first)
    hands.bind(lambda _: first.thumbprint)
    await hands.restart()


async def peers_do_not_trust(hands: Hands) -> None:
    trusted = hands.lab.calls.gateways[GATEWAY].tls.trusted
    hands.estate.loads_ca = frozenset()
    for entry in tuple(trusted):
        trusted.remove(entry.thumbprint)


async def servers_do_not_trust_peers(hands: Hands) -> None:
    devices = hands.lab.calls.device_authority.root
    for fqdn in FQDNS:
        root = hands.lab.host(fqdn).stores.root
        entry = root.holds(devices)
        assert entry is not None
        root.remove(entry.thumbprint)


async def not_secured(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMDialPlan", NAME, VoIPSecurity="Unsecured")


async def secured_before_the_mode(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    hands.bind(lambda _: None)
    await hands.restart()


async def mode_not_set(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()


async def mode_of_one_service_only(hands: Hands) -> None:
    hands.write((Kind.UM_SERVICE,), UMStartupMode="TCP")
    await hands.restart()


async def called_by_address(hands: Hands) -> None:
    """Past Exchange, which refuses that for a gateway of a secured plan."""
    address = hands.lab.calls.network.resolve(f"{GATEWAY}.contoso.com")
    controller = hands.lab.directory.domain_controllers[0]
    gateway = hands.lab.directory.copy(controller).named(Kind.IP_GATEWAY, GATEWAY)
    assert gateway is not None
    hands.lab.directory.modify(controller, gateway.guid, {"Address": address})
    hands.lab.directory.replicate_now()
    await hands.estate.work.time.leap(POLLED)


async def called_by_another_name(hands: Hands) -> None:
    hands.lab.calls.network.add("pbx.contoso.com", hands.lab.calls.network.resolve(f"{GATEWAY}.contoso.com"))
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Address="pbx.contoso.com")


async def on_the_plain_port(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Port=5060)


async def on_a_port_of_nobody(hands: Hands) -> None:
    await hands.by_cmdlet("Set-UMIPGateway", GATEWAY, Port=5070)


async def not_restarted(hands: Hands) -> None:
    hands.write(UMStartupMode="TCP")
    await hands.restart()
    hands.write(UMStartupMode="Dual")


async def one_service_not_restarted(hands: Hands) -> None:
    hands.write((Kind.UM_SERVICE,), UMStartupMode="TCP")
    await hands.restart()
    hands.write((Kind.UM_SERVICE,), UMStartupMode="Dual")


async def restarted_before_it_was_bound(hands: Hands) -> None:
    hands.bind(lambda _: None)
    await hands.restart()
    hands.bind(lambda fqdn: hands.leaves[fqdn].thumbprint)


CERTIFICATE, PLAN, SBC01 = "UMCertificate/um", "UMDialPlan/headquarters", "UMIPGateway/sbc01"

MATTERS: dict[str, tuple[Row, str, str]] = {
    "1 certificate, missing": (
        no_certificate, "Unreachable", f"{CERTIFICATE} Ready=False ObserveMode: 0 of 2 servers serve"
    ),
    "1 certificate, for another name": (
        for_another_name,
        "IncorrectNameInRemoteCertificate",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUM on "ex01.contoso.com"',
    ),
    "2 import, missing on one server": (
        not_imported_on_the_second,
        "Unreachable",
        f'{CERTIFICATE} Ready=False ObserveMode: 1 of 2 servers serve a certificate that meets the spec; '
        '"ex02.contoso.com"',
    ),
    "2 import, of another server's": (
        enabled_by_thumbprint_of_another_server,
        "IncorrectNameInRemoteCertificate",
        f'{CERTIFICATE} Ready=False Drifted: MSExchangeUM on "ex02.contoso.com"',
    ),
    "3 enable, missing": (not_enabled, "Unreachable", 'is "Dual with no certificate, serving none"'),
    "3 enable, after the restart": (
        restarted_before_it_was_bound, "Unreachable", f"{CERTIFICATE} RestartPending=True"
    ),
    "4 trust, missing at the peer": (
        peers_do_not_trust, "UntrustedRemoteCertificate", f"{SBC01} probe ClientCertificateRejected"
    ),
    "4 trust, one way only": (
        servers_do_not_trust_peers,
        "RemoteDisconnected",
        f'{SBC01} Ready=False Drifted: "ex01.contoso.com" lacks CAs of gateway "sbc01"',
    ),
    "5 secured plan, missing": (
        not_secured, "PlanRefusesTLS", f'{PLAN} Ready=False Drifted: voipSecurity: want "SIPSecured"'
    ),
    "5 secured plan, before servers speak TLS": (
        secured_before_the_mode, "Unreachable", 'is "TCP with no certificate, serving none"'
    ),
    "6 startup mode, missing": (mode_not_set, "Unreachable", 'serving none"; MSExchangeUMCR'),
    "6 startup mode, of one service only": (
        mode_of_one_service_only, "Unreachable", f"{CERTIFICATE} Drifted=True ObserveMode: 2 fields differ"
    ),
    "7 FQDN, missing": (
        called_by_address,
        "IncorrectNameInRemoteCertificate",
        f'{SBC01} Ready=False Drifted: address: want "sbc01.contoso.com"',
    ),
    "7 FQDN, another one": (
        called_by_another_name,
        "IncorrectNameInRemoteCertificate",
        f'{SBC01} Ready=False Drifted: address: want "sbc01.contoso.com", have "pbx.contoso.com"',
    ),
    "8 port, missing": (
        on_the_plain_port, "Outgoing", f'{SBC01} Ready=False Drifted: port: want "5061", have "5060"'
    ),
    "8 port, another one": (
        on_a_port_of_nobody, "Outgoing", f'{SBC01} Ready=False Drifted: port: want "5061", have "5070"'
    ),
    "9 restart, missing": (not_restarted, "Unreachable", f"{CERTIFICATE} RestartPending=True RestartOwed"),
    "9 restart, of one service only": (
        one_service_not_restarted, "Unreachable", f"{CERTIFICATE} RestartPending=True RestartOwed"
    ),
}  # fmt: skip
"""By step: what a person does, why calls fail, and what a status says."""


async def test_with_a_step_missing_or_wrong_calls_fail_and_a_condition_names_it(tmp_path: Path) -> None:
    found, wanted = {}, {}
    async with complete(tmp_path) as hands:
        for step, (spoil, cause, words) in MATTERS.items():
            await spoil(hands)
            failed = await hands.call() or await hands.answer()
            said = told(await hands.estate.work.run(lambda _: True))
            found[step] = (failed, words in said or said)
            wanted[step] = (cause, True)
            await hands.mended()
            assert not await hands.call(), f"not mended after: {step}"
    assert found == wanted
