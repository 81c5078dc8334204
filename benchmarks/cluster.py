"""How long a change in the cluster takes to be in force in Exchange, and told: apply -> Ready.

Usage: PYTHONPATH=tests .venv/bin/python benchmarks/cluster.py
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster, at_work, cluster_of, reachable, secret
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

CHANGES = 40
LATENCY = timedelta(milliseconds=5)
"""What each request to Exchange takes longer than the lab needs."""
BOUND = 1.5
"""Seconds within which 95 of 100 changes must be told as in force, on an idle machine."""


async def in_force(cluster: Cluster, value: bool) -> float:
    """Change a field and return the seconds until the gateway is Ready for that generation."""
    began = time.monotonic()
    await cluster.patch("UMIPGateway", "sbc01", {"spec": {"outcallsAllowed": value}})
    await cluster.until_ready(("UMIPGateway", "sbc01"))
    return time.monotonic() - began


async def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Lab.start(first_steps(), clock=Clock(rate=1.0), seed=7) as lab,
            reachable(lab),
            ApiServer.start(Path(folder)) as server,
            cluster_of(server) as cluster,
        ):
            lab.faults.latency = LATENCY
            await cluster.apply(secret(lab), organization(), dial_plan("hq"))
            await cluster.apply(gateway("sbc01", ("hq", "4900"), port=5060))
            began = time.monotonic()
            async with at_work(cluster, lab.clock):
                await cluster.until_ready(("UMIPGateway", "sbc01"))
                first = time.monotonic() - began
                seconds = [await in_force(cluster, bool(number % 2)) for number in range(CHANGES)]
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(f"start of the operator -> first plan and gateway Ready: {first:.2f} s")
    latency = LATENCY / timedelta(milliseconds=1)
    print(f"one field of a gateway, apply -> Ready, {CHANGES} times at {latency:.0f} ms latency:")
    print(f"  median {statistics.median(seconds):.2f} s, p95 {p95:.2f} s, longest {max(seconds):.2f} s")
    assert p95 < BOUND, f"p95 {p95:.2f} s is not below {BOUND} s"


if __name__ == "__main__":
    asyncio.run(main())
