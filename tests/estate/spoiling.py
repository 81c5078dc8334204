"""A person who undoes or spoils steps of the first procedure, and what calls and statuses show then."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from estate.cut_overs import FQDNS, GATEWAYS, NAME, CutOver, cut_over
from estate.server_hands import POLLED, ServerHands
from um_operator.engine.one_pass import Report
from um_operator.lab.gateways.calling import Attempt, Caller, CallError
from um_operator.lab.gateways.sip import Uri
from um_operator.lab.variants import TLSOnUnsecured, Variants

GATEWAY = "sbc01"
HANGS = 20.0
"""Real seconds: a port of plain SIP is silent to TLS until whoever calls gives up."""


@dataclass
class Hands(ServerHands):
    """A person at work on the estate, and what calls the gateway can place and take."""

    estate: CutOver

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
        await self.work.time.leap(POLLED)
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
        for pool in getattr(status, "pools", ()):
            lines.append(f"{key} restart of {pool.fqdn} {pool.restart}: {pool.restart_cause}")
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
        hands = Hands(estate.work, estate)
        assert await hands.call() == ""
        estate.work.organization = {"mode": "Observe"}
        estate.declare()
        effects = len(hands.lab.journal.effects)
        yield hands
        assert all(effect.is_by_hand for effect in hands.lab.journal.effects[effects:])
