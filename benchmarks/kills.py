"""What crash safety costs to prove: umctl killed at each write in turn, and at each write of a fresh estate.

Every run is a process of its own over real sockets; each end is held against the manifests, as in the tests.

Run it from the repository: ``PYTHONPATH=tests .venv/bin/python benchmarks/kills.py``
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from estate import test_kills_chain, test_kills_from_scratch
from estate.kills import Experiment, When

Campaign = Callable[[Path], AsyncIterator[Experiment]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one campaign did; ``seconds`` is wall time, the estates' own included."""

    name: str
    kills: int
    runs: int
    effects: int
    seconds: float

    def row(self) -> str:
        per_run = self.seconds / self.runs
        return (
            f"| {self.name} | {self.kills} | {self.runs} | {self.effects} | "
            f"{self.seconds:.0f} s | {per_run:.1f} s |"
        )


async def chain(folder: Path) -> AsyncIterator[Experiment]:
    """Kill at each write in turn and run on at once."""
    async with Experiment.on(test_kills_chain.DECLARED, folder) as experiment:
        await experiment.kill_at_each_write(test_kills_chain.WRITES)
        yield experiment


async def each_from_scratch(folder: Path) -> AsyncIterator[Experiment]:
    """Kill once at each write, both ways, each time in a new estate, and run to the end."""
    for when in When:
        for write in test_kills_from_scratch.WRITES:
            declared, place = test_kills_from_scratch.DECLARED, folder / f"{when.name}-{write}"
            async with Experiment.on(declared, place) as experiment:
                await experiment.killed(when, write)
                experiment.let_servers_read()
                await experiment.finished()
                yield experiment


CAMPAIGNS: dict[str, Campaign] = {
    "one chain: 2 plans, 3 gateways, a replaced hunt group, a deletion": chain,
    "each write from scratch, both ways: 1 plan, 2 gateways": each_from_scratch,
}


async def measure(name: str, campaign: Campaign) -> Figures:
    """Carry out a campaign and judge the end of each of its estates."""
    kills = runs = effects = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async for experiment in campaign(Path(folder)):
            await experiment.judge()
            kills += experiment.kills
            runs += experiment.umctl.runs
            effects += len(experiment.lab.journal.effects)
    return Figures(name, kills, runs, effects, time.monotonic() - began)


def main() -> None:
    """Carry out every campaign and print a table."""
    print("| campaign | kills | runs | effects | wall time | a run |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, campaign in CAMPAIGNS.items():
        print(asyncio.run(measure(name, campaign)).row(), flush=True)


if __name__ == "__main__":
    main()
