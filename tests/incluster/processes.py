"""Operator processes of their own: to be killed, stopped and woken, as nodes and kubelets do it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess

import forked
from incluster.harness import Cluster, until
from um_operator.cli.operator import main
from um_operator.kube.resources import LEASES
from um_operator.lab.estate import Lab
from um_operator.local.clock import CLOCK_SETTING

LEASE = ("--lease-duration", "3s", "--lease-renew-deadline", "2s", "--lease-retry-period", "500ms")
"""A fifth of the real times, which have the same proportions."""
NOWHERE = "127.0.0.1:0"


@dataclass
class Process:
    """A running um-operator."""

    identity: str
    process: ForkServerProcess

    @property
    def pid(self) -> int:
        """Return its number among the processes."""
        assert self.process.pid is not None
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    async def ended(self, within: float | None = 20.0) -> int:
        """Return the exit code once it ended; one that hangs is killed.

        Raises:
            TimeoutError: it did not end within so many seconds.
        """
        return await forked.ended(self.process, within)


@asynccontextmanager
async def started(
    cluster: Cluster,
    lab: Lab,
    identity: str,
    *,
    metrics_at: str = NOWHERE,
    probes_at: str = NOWHERE,
    lease: Sequence[str] = LEASE,
) -> AsyncIterator[Process]:
    """Start an operator on a cluster and a lab; kill it in the end if it still runs.

    Without arguments in ``lease`` it keeps the Lease as the chart's does: with the operator's own defaults.
    """
    environment = {
        CLOCK_SETTING: lab.clock.to_setting(),
        "POD_NAME": identity,
        "POD_NAMESPACE": cluster.namespace,
    }
    rules = [word for rule in lab.connect_to for word in ("--connect-to", rule)]
    arguments = [
        *("--kubeconfig", str(cluster.kubeconfig)),
        *("--metrics-bind-address", metrics_at, "--health-probe-bind-address", probes_at),
        *("--log-level", "error", "--log-format", "text"),
        *lease,
        *rules,
    ]
    process = await forked.start(_um_operator, arguments, environment)
    try:
        yield Process(identity, process)
    finally:
        process.kill()
        process.join()


def _um_operator(arguments: list[str]) -> None:
    sys.argv[1:] = arguments
    main()


async def holder(cluster: Cluster) -> str:
    """Return who holds the Lease, by the name of its pod; empty if nobody does."""
    leases = await cluster.listed(LEASES)
    return str(leases[0]["spec"]["holderIdentity"]).rpartition("_")[0] if leases else ""


async def until_held(cluster: Cluster, identity: str) -> None:
    """Wait until a process holds the Lease."""

    async def held() -> bool:
        return await holder(cluster) == identity

    await until(held, f'"{identity}" holds the Lease')
