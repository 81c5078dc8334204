"""A pull request: a folder of manifests, planned against a cluster as whoever merges it would read it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from estate.harness import write
from estate.manifests import dial_plan, gateway, organization
from incluster.harness import Cluster
from um_operator.cli.main import run
from um_operator.lab.estate import Lab

IN_FORCE = (
    organization(),
    dial_plan("hq"),
    gateway("sbc01", ("hq", "4900"), port=5060),
    gateway("cube01", ("hq", "4901"), port=5060, deletionPolicy="Delete"),
)


@dataclass
class Review:
    """A pull request: a folder of manifests, planned against the cluster."""

    folder: Path
    cluster: Cluster
    lab: Lab
    capsys: pytest.CaptureFixture[str]

    def propose(self, *documents: Mapping[str, Any]) -> None:
        """Write what the folder declares once it is merged."""
        write(self.folder, documents)

    async def check(self, *options: str | Path) -> tuple[int, str, str]:
        """Run the command; return its exit code, what it printed, and what it said beside it."""
        rules = [word for rule in self.lab.connect_to for word in ("--connect-to", rule)]
        access = ("--kubeconfig", str(self.cluster.kubeconfig), "-n", self.cluster.namespace)
        arguments = ["plan", "-f", str(self.folder), "--against", "live", *access, *rules, *map(str, options)]
        self.capsys.readouterr()
        code = await asyncio.to_thread(run, arguments)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    async def plan(self, *options: str | Path) -> dict[str, Any]:
        """Return the plan of the one organisation."""
        code, out, err = await self.check("-o", "json", *options)
        assert code != 1, out + err
        [planned] = json.loads(out)["organizations"]
        return dict(planned)


def changes(planned: Mapping[str, Any]) -> dict[str, str]:
    return {row["resource"]: row["change"] for row in planned["against"]["resources"]}
