"""Rollouts of certificates on small estates with calls, in time that only leaps.

The operator is the one of the cluster: its loop, its pass, its planner, over real sockets. Nothing here is a
race with the machine: time moves where the operator sleeps, in steps between which calls are answered.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

from estate.declarations import Declarations
from estate.harness import Operator, declaring, write
from estate.manifests import resource
from um_operator.api.certificate_status import UMCertificateStatus
from um_operator.api.meta import ObjectKey
from um_operator.api.reasons import Reason
from um_operator.desired.organization import DesiredOrganization
from um_operator.engine.loop import Loop
from um_operator.engine.one_pass import Memory, Passes, Report
from um_operator.lab.clock import Clock
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.exchange.builder import Secured, ServerSpec
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.journal import Occurrence
from um_operator.lab.presets import with_calls
from um_operator.lab.variants import Variants
from um_operator.planning.outcome import Outcome
from um_operator.planning.scope import Scope
from um_operator.planning.steps import Step

Manifest: TypeAlias = dict[str, Any]
Until: TypeAlias = Callable[[Report], bool]

UM: Final = ObjectKey("UMCertificate", "um")
EX01, EX02 = ServerSpec("EX01", "Berlin"), ServerSpec("EX02", "Hamburg")
STEP: Final = timedelta(seconds=15)
"""How far time leaps before calls that are due are placed and answered."""
NAP: Final = timedelta(seconds=30)
"""How late an operator is here that wants to look again in seconds."""
LONG: Final = timedelta(hours=12)
MOST_STEPS: Final = 500
"""More than any of these estates takes until it waits: beyond it the same is done for ever."""
QUIET: Final = 30.0
"""Real seconds that calls which are being placed may take, whatever else the machine does."""
BARELY: Final = 0.001
"""Lab seconds a real second: no two instants are the same, and nothing is over by itself."""
QUICK: Final = ServiceTimes.fixed(5)
MOST_ENDPOINTS: Final = 8
"""As many as an organisation may name."""
HELD_BACK: Final = 0.25
"""Real seconds before a server is asked again that did not answer: sessions hold it back by real time."""
COMPANY: Final = "company-ca"
"""The Secret with the CA that signed what a secured estate has served since long."""


def estate(*servers: ServerSpec, secured: Secured | None = None) -> EstateSpec:
    """Return an estate of these servers, whose calls come in through one gateway and the PBX.

    Two more gateways of its plan are known to Exchange and switched off, as old ones often are.
    """
    spec = with_calls(servers or (EX01, EX02), 0, secured)
    return replace(spec, devices=tuple(one for one in spec.devices if one.name in {"legacy-pbx", "sbc01"}))


def organization(*fqdns: str, **spec: Any) -> Manifest:
    """Return the organisation, with a short soak unless the test says otherwise."""
    exchange = {
        "endpoints": [f"http://{fqdn}/PowerShell/" for fqdn in fqdns[:MOST_ENDPOINTS]],
        "authentication": {"method": "NTLM", "secretRef": {"name": "exchange-operator"}},
    }
    defaults = {
        "exchange": exchange,
        "mode": "Enforce",
        "servers": {"exclude": ["exold.contoso.com"]},
        "disruption": {"soak": "1m"},
    }
    return resource("ExchangeOrganization", "default", **{**defaults, **spec})


@dataclass(frozen=True)
class Leaping:
    """The lab's clock for an operator that need not wait: where it sleeps, time leaps, a nap at least."""

    lab: Lab
    nap: timedelta = NAP

    def now(self) -> datetime:
        """Return the lab's present instant."""
        return self.lab.clock.now()

    async def sleep_until(self, instant: datetime) -> None:
        """Leap there or a nap further, step by step."""
        await self.leap(max(instant - self.now(), self.nap))

    async def leap(self, span: timedelta) -> None:
        """Let time pass, with calls in it."""
        ends = self.now() + span
        while (left := ends - self.now()) > timedelta(0):
            self.lab.clock.advance(min(left, STEP))
            await self._quiet()

    async def _quiet(self) -> None:
        """Give everybody a turn who was woken, and wait until no call is being placed any more."""
        for _ in range(5):
            await asyncio.sleep(0)
        await self.lab.calls.placed.until(self._settled, QUIET)

    def _settled(self) -> bool:
        total = self.lab.calls.summary().total
        return total.placed == total.answered + total.failures


@dataclass(frozen=True)
class Watched:
    """Passes that somebody looks at."""

    passes: Passes
    see: Callable[[Report], None]

    async def recall(self) -> Memory:
        return await self.passes.recall()

    async def run(self, desired: DesiredOrganization, scope: Scope, memory: Memory) -> Report:
        report = await self.passes.run(desired, scope, memory)
        self.see(report)
        if told(report).get("Ready") == f"Unknown/{Reason.NOT_READ}":
            await asyncio.sleep(HELD_BACK)
        return report


@dataclass
class Rollout:
    """An operator that brings certificates to an estate, and what may happen meanwhile.

    Attributes:
        fqdns: of the servers that get them.
        organization: what is declared of the organisation beside what is common here.
        certificate: what is declared of the certificate.
        others: what is declared besides.
    """

    lab: Lab
    operator: Operator
    fqdns: tuple[str, ...]
    organization: dict[str, Any] = field(default_factory=dict)
    certificate: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    others: tuple[Manifest, ...] = ()
    ran: list[tuple[Step, Outcome]] = field(default_factory=list)
    """Each step that was carried out, and how that ended."""
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def time(self) -> Leaping:
        """Return how time passes here."""
        return Leaping(self.lab)

    def declare(self, **annotations: str) -> None:
        """Write the manifests, with annotations of the certificate."""
        self.annotations |= {f"unifiedmessaging.dev/{key}": value for key, value in annotations.items()}
        spec = {"issuer": {"ca": {}}, "servers": {"include": list(self.fqdns)}, **self.certificate}
        self.operator.declare(
            organization(*self.fqdns, **self.organization),
            resource("UMCertificate", UM.name, self.annotations, **spec),
            *self.others,
        )

    async def run(self, until: Until | None = None, *, within: timedelta = LONG) -> Report:
        """Have the operator work until something is so: else until nothing is left to do.

        Raises:
            AssertionError: it is not within that time, or within as many steps as anything takes; the text
                says how things are.
        """
        until, reports = until or at_the_end, list[Report]()
        async with self.operator.at_work() as (target, one_pass):
            stop, deadline = asyncio.Event(), self.lab.clock.now() + within
            most = len(self.ran) + MOST_STEPS

            def see(report: Report) -> None:
                reports[:] = [report]
                self.ran += report.ran
                if until(report) or self.lab.clock.now() >= deadline or len(self.ran) > most:
                    stop.set()

            async def desired(_everything: bool, _memory: Memory) -> DesiredOrganization:
                return target.desired

            await Loop(Watched(one_pass, see), desired, self.time, lambda: 0.5).run(stop)
        [last] = reports
        assert until(last), f"not within {within}: {told(last)} {[p.waits[:1] for p in last.plan.steps]}"
        return last

    async def dies(self, when: Callable[[Callable[[], object]], object], until: Until | None = None) -> bool:
        """Have the operator work until it is killed as ``when`` plans, or is done; say whether it was."""
        working = asyncio.create_task(self.run(until))
        when(working.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await working
        return working.cancelled()

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something go on beside the operator, until the estate ends."""
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def end(self) -> None:
        """End what goes on beside."""
        for task in tuple(self._beside):
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def renewed(self, number: int) -> Report:
        """Ask for new certificates, and have the operator work until they are in force."""
        self.declare(**{"renew-requested-at": f"for revision {number}"})
        report = await self.run()
        assert status(report).revision == number
        return report

    def starts(self) -> Counter[str]:
        r"""Return how often each service was started by whomever, by ``fqdn\service``."""
        noted = (entry for entry in self.lab.journal.entries if isinstance(entry, Occurrence))
        started = (entry for entry in noted if entry.what == "ServiceStarted")
        return Counter(f"{entry.server}\\{entry.details['service']}" for entry in started)

    def served(self) -> dict[str, set[str]]:
        """Return what each server shows on its open ports, by FQDN; empty for a port without TLS."""
        hosts = {fqdn: self.lab.host(fqdn) for fqdn in self.fqdns}
        return {
            fqdn: {
                shown for service in host.services.values() for shown in service.program.listening.values()
            }
            for fqdn, host in hosts.items()
        }

    def judge(self) -> None:
        """Hold what happened against every rule, and against what must not be left behind."""
        self.lab.invariants.check_end()


def status(report: Report) -> UMCertificateStatus:
    """Return what is told of the certificate."""
    found = report.memory.statuses[UM]
    assert isinstance(found, UMCertificateStatus)
    return found


def told(report: Report) -> dict[str, str]:
    """Return the conditions of the certificate, ``type: status/reason``."""
    conditions = status(report).conditions if UM in report.memory.statuses else ()
    return {one.type: f"{one.status}/{one.reason}" for one in conditions}


def at_the_end(report: Report) -> bool:
    """Whether nothing is left to do, and every server serves what it should."""
    return not report.ran and not report.plan.steps and told(report).get("Ready") == "True/Deployed"


@asynccontextmanager
async def rollout(
    folder: Path,
    spec: EstateSpec | None = None,
    *,
    variants: Variants | None = None,
    times: ServiceTimes = QUICK,
    seed: int = 7,
    **certificate: Any,
) -> AsyncIterator[Rollout]:
    """Start an estate, and declare a certificate for all of its servers; judged in the end."""
    spec = spec or estate()
    fqdns = tuple(f"{one.name.lower()}.{spec.organization.domain}" for one in of_um(spec))
    served = {device.name for device in spec.devices if len(device.call_routers) > 1}
    async with Lab.start(spec, variants=variants, clock=Clock(rate=BARELY), times=times, seed=seed) as lab:
        operator = declaring(lab, folder)
        operator.declarations = Declarations(served=frozenset(served))
        if lab.organization.authority is not None:
            operator.folders.append(company(lab, folder / "company"))
            certificate = {"issuer": {"ca": {"secretRef": {"name": COMPANY}}}, **certificate}
        found = Rollout(lab, operator, fqdns, certificate=certificate)
        found.declare()
        try:
            yield found
        finally:
            await found.end()
        found.judge()


def of_um(spec: EstateSpec) -> tuple[ServerSpec, ...]:
    """Return the servers of an estate that are in scope, without the company around them."""
    around = {"EX2010", "EX2019", "EDGE01", "EXOLD"}
    return tuple(server for server in spec.organization.servers if server.name not in around)


def company(lab: Lab, folder: Path) -> Path:
    """Write the Secret of the CA by which a secured estate has been served, key and all."""
    authority = lab.organization.authority
    assert authority is not None
    data = {name: base64.b64encode(value).decode() for name, value in authority.files.items()}
    document = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": COMPANY},
        "data": data,
    }
    return write(folder, [document])
