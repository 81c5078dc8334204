"""A scene that the tests of a file share: what was declared is in force, and an operator is at work.

To come so far takes longer than most tests. What a test changes it brings back into force, or it has
resources of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incluster.harness import Cluster, Replica, at_work, cluster_of, reachable, secret
from um_operator.lab.clock import Clock
from um_operator.lab.cluster.server import ApiServer
from um_operator.lab.estate import Lab
from um_operator.lab.presets import first_steps

RATE = 30.0
"""Lab seconds a real second."""


@dataclass
class Scene:
    """An estate of the first steps, a cluster whose resources are in force there, and their operator."""

    lab: Lab
    server: ApiServer
    cluster: Cluster
    replica: Replica


@asynccontextmanager
async def in_force(folder: Path, *documents: Mapping[str, Any]) -> AsyncIterator[Scene]:
    """Declare resources of ours, and have an operator bring them into force."""
    async with (
        Lab.start(first_steps(), clock=Clock(rate=RATE), seed=7) as lab,
        reachable(lab),
        ApiServer.start(folder) as server,
        cluster_of(server) as cluster,
    ):
        await cluster.apply(secret(lab), *documents)
        async with at_work(cluster, lab.clock) as replica:
            await cluster.until_ready(*((one["kind"], one["metadata"]["name"]) for one in documents))
            yield Scene(lab, server, cluster, replica)
