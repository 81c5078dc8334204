"""The first procedure on a small estate: from factory defaults to secured dial plans, with calls throughout.

The hands of people do what no cmdlet does: they load the CA of the servers into the devices, and have these
place their calls over TLS.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from estate.declarations import Declarations
from estate.manifests import resource
from estate.rollouts import Manifest, Rollout, rollout
from um_operator.api.meta import ObjectKey
from um_operator.api.status import UMDialPlanStatus, UMIPGatewayStatus
from um_operator.engine.one_pass import Report
from um_operator.lab.estate import EstateSpec
from um_operator.lab.exchange.objects import Kind
from um_operator.lab.gateways.tally import Counts
from um_operator.lab.journal import Effect
from um_operator.lab.presets import two_servers
from um_operator.lab.variants import Variants

PLAN: Final = ObjectKey("UMDialPlan", "headquarters")
NAME: Final = "Headquarters"
GATEWAYS: Final = ("sbc01", "cube01")
FQDNS: Final = ("ex01.contoso.com", "ex02.contoso.com")
REFS: Final = [{"name": PLAN.name, "pilotIdentifier": "4900"}]
PATIENT: Final = {"timeout": "30s"}
"""However busy the machine is, a gateway answers in time."""
HALF_A_DAY: Final = timedelta(hours=2)
OFTEN: Final = 0.1
"""Real seconds after which a person looks again whether something was published."""


def plan(**spec: Any) -> Manifest:
    """Return the dial plan, to be secured unless a test says otherwise."""
    wanted = {"countryOrRegionCode": "49", "numberOfDigitsInExtension": 4, "voipSecurity": "SIPSecured"}
    return resource("UMDialPlan", PLAN.name, **{"name": NAME, **wanted, **spec})


def gateway(name: str, **spec: Any) -> Manifest:
    """Return a gateway of the plan, whose certificate's CA is known."""
    trust = {"caRef": {"name": "devices"}}
    wanted = {"address": f"{name}.contoso.com", "dialPlanRefs": REFS, "probe": PATIENT, "trust": trust}
    return resource("UMIPGateway", name, **{**wanted, **spec})


@dataclass
class CutOver:
    """An estate on its way to secured dial plans, and the hands of people."""

    work: Rollout
    loads_ca: frozenset[str] = frozenset(GATEWAYS)
    """Devices into which somebody loads the servers' CA."""
    follows: frozenset[str] = frozenset(GATEWAYS)
    """Devices that somebody has call as secure as the plan is, from the moment at which that is written."""
    securities: list[str] = field(default_factory=list)
    """What the plan was set to, in order."""
    plan: str = NAME
    """Its name in Exchange."""

    def declare(self, *others: Manifest) -> None:
        """Write the manifests: everything at once, as a folder is applied."""
        root = self.work.lab.calls.device_authority.root.public_bytes(Encoding.PEM).decode()
        devices = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "devices"},
            "data": {"ca.crt": root},
        }
        self.work.others = (devices, *(others or (plan(), *map(gateway, GATEWAYS))))
        self.work.declare()

    async def until(self, security: str, *, within: timedelta = HALF_A_DAY) -> Report:
        """Have the operator work until it told that the plan is of a security and was judged."""
        return await self.work.run(
            lambda report: told(report).voip_security == security and report.plan.judged_at is None,
            within=within,
        )

    async def settled(self, *, within: timedelta = HALF_A_DAY) -> Report:
        """Have the operator work until nothing is done any more but what waits for a person."""
        return await self.work.run(at_rest, within=within)

    def device(self, name: str, transport: str) -> None:
        """Have somebody reconfigure the device: over what it places its calls."""
        self.work.lab.calls.gateways[name].transport = transport  # type: ignore[assignment]

    def anchors(self) -> list[x509.Certificate]:
        """Return whom peers are told to trust, none while nothing is published."""
        found = list(self.work.operator.state.glob("*/.configmaps/um-trust.json"))
        if not found:
            return []
        return x509.load_pem_x509_certificates(json.loads(found[0].read_text())["data"]["ca.crt"].encode())

    async def load_certificates(self) -> None:
        """Load what is published into the devices as soon as it is there, as a person would."""
        while True:
            for anchor in self.anchors():
                for name in self.loads_ca:
                    self.work.lab.calls.gateways[name].tls.trusted.trust(anchor)
            await asyncio.sleep(OFTEN)

    def note(self, effect: Effect) -> None:
        """Note what the plan is set to, and have devices follow it."""
        is_of_plan = effect.kind == Kind.DIAL_PLAN and effect.name == self.plan and effect.before is not None
        if not is_of_plan or "VoIPSecurity" not in effect.changed:
            return
        security = str((effect.after or {})["VoIPSecurity"])
        self.securities.append(security)
        for name in self.follows:
            self.device(name, "tcp" if security == "Unsecured" else "tls")

    def counts(self, *names: str) -> dict[str, Counts]:
        """Return what became of the calls of devices."""
        summary = self.work.lab.calls.summary()
        return {name: summary.gateways[name] for name in names or GATEWAYS}

    async def calls_work(self, *names: str) -> None:
        """Wait, in leaps, until each device had a call answered anew; then none may have failed meanwhile."""
        names = names or GATEWAYS
        before = self.counts(*names)
        for _ in range(200):
            now = self.counts(*names)
            assert all(now[n].failures == before[n].failures for n in names), {
                n: now[n].failed for n in names
            }
            if all(now[n].answered > before[n].answered for n in names):
                return
            await self.work.time.leap(timedelta(seconds=30))
        raise AssertionError(f"no calls: {now}")


def told(report: Report) -> UMDialPlanStatus:
    """Return what is told of the plan."""
    status = report.memory.statuses[PLAN]
    assert isinstance(status, UMDialPlanStatus)
    return status


def of_gateway(report: Report, name: str) -> UMIPGatewayStatus:
    """Return what is told of a gateway."""
    status = report.memory.statuses[ObjectKey("UMIPGateway", name)]
    assert isinstance(status, UMIPGatewayStatus)
    return status


def conditions(report: Report) -> dict[str, str]:
    """Return the conditions of the plan, ``type: status/reason``."""
    return {one.type: f"{one.status}/{one.reason}" for one in told(report).conditions}


def missing(report: Report) -> set[tuple[str, str]]:
    """Return who the plan waits for, and why."""
    return {(one.object, one.reason) for one in told(report).waiting_for}


def at_rest(report: Report) -> bool:
    """Whether nothing runs, and nothing ends by itself."""
    waits = (wait for planned in report.plan.steps for wait in planned.waits)
    ends = any(wait.until is not None or wait.reason == "WaitingForReading" for wait in waits)
    return not report.ran and not ends and report.plan.judged_at is None and report.plan.look_at is None


def estate() -> EstateSpec:
    """Return two servers as they come from the factory, and devices that call one pilot number."""
    spec = two_servers()
    called = [
        replace(device, lines=tuple(line for line in device.lines if line.dial_plan in {NAME, "Legacy"}))
        for device in spec.devices
        if device.name in {*GATEWAYS, "legacy-pbx"}
    ]
    return replace(spec, devices=tuple(called))


@asynccontextmanager
async def cut_over(
    folder: Path,
    *,
    variants: Variants | None = None,
    loads_ca: Iterable[str] = GATEWAYS,
    follows: Iterable[str] = GATEWAYS,
    organization: dict[str, Any] | None = None,
    **certificate: Any,
) -> AsyncIterator[CutOver]:
    """Start two servers as they come from the factory, with devices that call; judged in the end."""
    async with rollout(folder, estate(), variants=variants, **certificate) as work:
        work.organization = organization or {}
        work.operator.declarations = Declarations()  # calls of devices that are not known yet fail
        found = CutOver(work, frozenset(loads_ca), frozenset(follows))
        found.declare()
        end = work.lab.journal.subscribe(found.note)
        work.beside(found.load_certificates())
        try:
            yield found
        finally:
            end()
