"""How long an edit of a gateway takes to be in force and told while certificates are rolled out.

Two servers get their first certificates and a renewal, one after the other, with calls on them; all the while
one field of a gateway is changed again and again in the cluster: apply -> Ready.

Usage: PYTHONPATH=tests .venv/bin/python benchmarks/edits.py
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from estate.manifests import dial_plan, gateway, resource
from estate.rollouts import EX01, EX02, estate, organization
from incluster.harness import Cluster, Reference, at_work, cluster_of, condition, reachable, secret
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes

FQDNS: Final = ("ex01.contoso.com", "ex02.contoso.com")
UM: Final[Reference] = ("UMCertificate", "um")
SBC: Final[Reference] = ("UMIPGateway", "sbc01")
LATENCY = timedelta(milliseconds=5)
"""What each request to Exchange takes longer than the lab needs."""
PHASE = 1.0
"""Seconds in which a service stops, and starts."""
PAUSE = 2.0
"""Seconds between an edit that is told and the next one."""
BOUND = 3.0
"""Seconds within which 95 of 100 edits must be told as in force, on an idle machine."""


async def edits(cluster: Cluster, is_over: Callable[[], Awaitable[bool]]) -> list[float]:
    """Change the gateway until something is over; return how many seconds each change took."""
    seconds: list[float] = []
    while not await is_over():
        began = time.monotonic()
        await cluster.patch(*SBC, {"spec": {"outcallsAllowed": bool(len(seconds) % 2)}})
        await cluster.until_ready(SBC)
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(PAUSE)
    return seconds


async def deployed(cluster: Cluster, revision: int) -> bool:
    """Whether every server serves a revision."""
    ready = condition(await cluster.get(*UM), "Ready")
    return (
        ready is not None and ready["reason"] == "Deployed" and f'revision "{revision}"' in ready["message"]
    )


async def main() -> None:
    """Measure and print."""
    clock, times = Clock(rate=1.0), ServiceTimes.fixed(PHASE)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Lab.start(estate(EX01, EX02), clock=clock, times=times, seed=7) as lab,
            reachable(lab),
            ApiServer.start(Path(folder)) as server,
            cluster_of(server) as cluster,
        ):
            lab.faults.latency = LATENCY
            await cluster.apply(secret(lab), organization(*FQDNS, disruption={"soak": "30s"}))
            await cluster.apply(dial_plan("hq"), gateway("sbc01", ("hq", "4900"), port=5060))
            async with at_work(cluster, lab.clock):
                await cluster.until_ready(SBC)
                await cluster.apply(resource(*UM, issuer={"ca": {}}))
                seconds = {"first certificates": await edits(cluster, lambda: deployed(cluster, 1))}
                await cluster.annotate(*UM, renew_requested_at=lab.clock.now().isoformat())
                seconds["renewal"] = await edits(cluster, lambda: deployed(cluster, 2))
    print(f"one field of a gateway, apply -> Ready, at {LATENCY / timedelta(milliseconds=1):.0f} ms latency:")
    for what, measured in seconds.items():
        p95 = statistics.quantiles(measured, n=20)[-1]
        print(
            f"  {what}, {len(measured)} edits: median {statistics.median(measured):.2f} s, p95 {p95:.2f} s, "
            f"longest {max(measured):.2f} s"
        )
        assert p95 < BOUND, f"p95 {p95:.2f} s is not below {BOUND} s"


if __name__ == "__main__":
    asyncio.run(main())
