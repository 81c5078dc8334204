"""How long nobody works when the replica that works dies or hangs, with the Lease's times that the chart has.

Two operator processes on a simulated API server and a real-time estate. The one that holds the Lease is
killed or stopped at another moment of its renewals each time, and a gateway is changed at that moment.

Usage: PYTHONPATH=tests .venv/bin/python benchmarks/replicas.py
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from aiohttp import ClientError, ClientSession

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, Reference, cluster_of, secret, until
from incluster.processes import Process, holder, started
from prometheus_support import free_port
from um_operator.kube.lease import LeaseTimes
from um_operator.kube.resources import LEASES
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.lab.presets import first_steps

TIMES = 4
"""How often each is tried; the moments are a quarter of the time between two renewals apart."""
BOUND = 20.0
"""Seconds within which the successor must have told what it did."""
RENEWED_EVERY = LeaseTimes().retry.total_seconds()
GATEWAY: Reference = ("UMIPGateway", "sbc01")


@dataclass(frozen=True)
class Gap:
    """Seconds from the signal until another one holds the Lease, and until it told of the change in force."""

    held: float
    told: float


@dataclass
class Replicas:
    """Two processes of which one works."""

    cluster: Cluster
    lab: Lab
    running: AsyncExitStack
    processes: dict[str, Process] = field(default_factory=dict)
    calls_out: bool = True

    async def start(self) -> None:
        """Start processes until there are two, and wait until one works and the other could take over."""
        while len(self.processes) < 2:
            name, probes_at = f"replica-{time.monotonic_ns()}", f"127.0.0.1:{free_port()}"
            context = started(self.cluster, self.lab, name, probes_at=probes_at, lease=())
            self.processes[name] = await self.running.enter_async_context(context)
            await until(lambda: self._is_ready(probes_at), f"{name} is ready")  # noqa: B023 - within it
        await self.cluster.until_ready(GATEWAY)

    async def gap(self, number: signal.Signals, phase: float) -> Gap:
        """Send the one that works a signal and measure what follows; it is gone in the end."""
        before = await self._renewal()
        await until(lambda: self._renewed_since(before), "the Lease is renewed")
        await asyncio.sleep(phase)
        working = await holder(self.cluster)
        process, began = self.processes.pop(working), time.monotonic()
        process.send(number)
        self.calls_out = not self.calls_out
        await self.cluster.patch(*GATEWAY, {"spec": {"outcallsAllowed": self.calls_out}})
        [successor] = self.processes
        await until(lambda: self._holds(successor), "the other one holds the Lease")
        held = time.monotonic() - began
        await self.cluster.until_ready(GATEWAY)
        told = time.monotonic() - began
        if number is signal.SIGSTOP:
            process.send(signal.SIGCONT)
            assert await process.ended() == 1, "who lost the Lease ends"
        return Gap(held, told)

    async def _is_ready(self, probes_at: str) -> bool:
        try:
            async with ClientSession() as session, session.get(f"http://{probes_at}/readyz") as response:
                return response.status == HTTPStatus.OK
        except ClientError:
            return False

    async def _renewal(self) -> str:
        [lease] = await self.cluster.listed(LEASES)
        return str(lease["spec"]["renewTime"])

    async def _renewed_since(self, before: str) -> bool:
        return await self._renewal() != before

    async def _holds(self, name: str) -> bool:
        return await holder(self.cluster) == name


@asynccontextmanager
async def replicas() -> AsyncIterator[Replicas]:
    """Start everything."""
    clock = Clock(datetime.now(UTC))
    async with AsyncExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        lab = await running.enter_async_context(
            Lab.start(EstateSpec(first_steps().organization), clock=clock)
        )
        server = await running.enter_async_context(ApiServer.start(Path(folder)))
        cluster = await running.enter_async_context(cluster_of(server))
        await cluster.apply(
            secret(lab), organization(), dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060)
        )
        yield Replicas(cluster, lab, running)
        lab.invariants.check()


async def main() -> None:
    """Measure and print."""
    print("| the one that works is | | Lease held by the other | change in force and told |")
    print("|---|---:|---:|---:|")
    async with replicas() as both:
        for number, word in ((signal.SIGKILL, "killed"), (signal.SIGSTOP, "stopped")):
            gaps = []
            for time_ in range(TIMES):
                await both.start()
                gaps.append(await both.gap(number, time_ * RENEWED_EVERY / TIMES))
            for name, judge in (("shortest", min), ("longest", max)):
                held, told = judge(gap.held for gap in gaps), judge(gap.told for gap in gaps)
                print(f"| {word}, {TIMES} times | {name} | {held:.1f} s | {told:.1f} s |", flush=True)
            assert told < BOUND, f"a successor told after {told:.1f} s, not within {BOUND:.0f} s"


if __name__ == "__main__":
    asyncio.run(main())
