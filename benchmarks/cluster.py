"""How long a change in the cluster takes to be in force in Exchange, and told: apply -> Ready.

Once where nothing else is to do, and once while two servers get certificates, one after the other.

Usage: PYTHONPATH=tests .venv/bin/python benchmarks/cluster.py
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from estate.manifests import dial_plan, gateway, organization, resource
from incluster.harness import Cluster, Reference, at_work, cluster_of, condition, reachable, secret
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.hosts.times import ServiceTimes
from um_operator.lab.presets import first_steps

CHANGES = 40
LATENCY = timedelta(milliseconds=5)
"""What each request to Exchange takes longer than the lab needs."""
BOUND = 1.5
"""Seconds within which 95 of 100 changes must be told as in force, on an idle machine."""
BOUND_DURING_A_ROLLOUT = 3.0
"""The same while servers are restarted, each of which has to be looked at all the time."""
UM: Reference = ("UMCertificate", "um")
CERTIFICATE: dict[str, Any] = {
    "issuer": {"ca": {}},
    "servers": {"include": ["ex01.contoso.com", "ex02.contoso.com"]},
}

Measure: TypeAlias = Callable[[Lab, Cluster], Awaitable[list[float]]]


async def in_force(cluster: Cluster, value: bool) -> float:
    """Change a field and return the seconds until the gateway is Ready for that generation."""
    began = time.monotonic()
    await cluster.patch("UMIPGateway", "sbc01", {"spec": {"outcallsAllowed": value}})
    while True:
        raw = await cluster.get("UMIPGateway", "sbc01")
        assert raw is not None
        ready = condition(raw, "Ready")
        assert ready is not None
        if ready["status"] == "True" and ready["observedGeneration"] == raw["metadata"]["generation"]:
            return time.monotonic() - began
        await asyncio.sleep(0.01)


async def while_nothing_else_is_to_do(lab: Lab, cluster: Cluster) -> list[float]:
    """Return the seconds of each change."""
    began = time.monotonic()
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("UMIPGateway", "sbc01"))
        print(f"start of the operator -> first plan and gateway Ready: {time.monotonic() - began:.2f} s")
        return [await in_force(cluster, bool(number % 2)) for number in range(CHANGES)]


async def during_a_rollout(lab: Lab, cluster: Cluster) -> list[float]:
    """Return the seconds of each change while servers get their certificates, one after the other."""
    await cluster.apply(resource(*UM, None, **CERTIFICATE))
    async with at_work(cluster, lab.clock):
        await cluster.until_ready(("UMIPGateway", "sbc01"))
        await cluster.until_ready(UM, reason="Deploying")
        seconds = [await in_force(cluster, bool(number % 2)) for number in range(CHANGES)]
        assert (await cluster.ready(*UM))[1] == "Deploying", "the rollout ended before the measurement"
        return seconds


async def measured(what: str, measure: Measure, *, bound: float) -> None:
    """Measure in a cluster and an estate of their own; print, and hold it against a bound.

    Raises:
        AssertionError: 95 of 100 changes take longer.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with (
            Lab.start(first_steps(), clock=Clock(rate=1.0), times=ServiceTimes.fixed(5), seed=7) as lab,
            reachable(lab),
            ApiServer.start(Path(folder)) as server,
            cluster_of(server) as cluster,
        ):
            lab.faults.latency = LATENCY
            rules = {"disruption": {"soak": "1m"}}
            await cluster.apply(secret(lab), organization(**rules), dial_plan("hq"))
            await cluster.apply(gateway("sbc01", ("hq", "4900"), port=5060))
            seconds = await measure(lab, cluster)
            lab.invariants.check()
    p95 = statistics.quantiles(seconds, n=20)[-1]
    latency = LATENCY / timedelta(milliseconds=1)
    print(
        f"one field of a gateway, apply -> Ready, {len(seconds)} times at {latency:.0f} ms latency, {what}:"
    )
    print(f"  median {statistics.median(seconds):.2f} s, p95 {p95:.2f} s, longest {max(seconds):.2f} s")
    assert p95 < bound, f"p95 {p95:.2f} s is not below {bound} s"


async def main() -> None:
    """Measure and print."""
    await measured("nothing else to do", while_nothing_else_is_to_do, bound=BOUND)
    await measured("during a rollout", during_a_rollout, bound=BOUND_DURING_A_ROLLOUT)


if __name__ == "__main__":
    asyncio.run(main())
