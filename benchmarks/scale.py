"""How a pass grows with the organisation: what it costs the servers, and what it costs us.

The estate runs in a process of its own, the operator in another: the same composition as umctl, over real
sockets. Two sizes are measured in one run, so that the ratios hold on any machine.

Run it from the repository: ``PYTHONPATH=tests .venv/bin/python benchmarks/scale.py``
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from estate import many, remote_lab
from estate.harness import write
from estate.manifests import organization
from estate.remote_lab import RemoteLab
from estate.test_scale import BYTES_A_RECEIVE
from um_operator.app import connection, exchange
from um_operator.engine import scopes
from um_operator.engine.identities import Identities
from um_operator.engine.one_pass import OnePass, Report
from um_operator.engine.settle import settle
from um_operator.lab.estate import EstateSpec
from um_operator.local.events import LocalEvents
from um_operator.local.manifests import read_manifests
from um_operator.local.workspace import Target, open_workspace
from um_operator.remoting import connect_to

LATENCY = timedelta(milliseconds=5)
"""Of each WSMan request, beside the time that its answer takes."""
SIZES = ((2, 10), (200, 1000))
PASSES = 3
"""Of the no-change passes the fastest counts: what else the machine does only slows them."""
LARGEST_SHARE = 20.0
"""What an estate's CPU may be of the operator's, in percent, where a thousand gateways are read."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cost:
    """What something cost: seconds of wall clock, CPU of both sides, and what the servers counted."""

    wall: float
    cpu: float
    lab_cpu: float
    invocations: int
    requests: int
    result_bytes: int
    effects: int


@dataclass(frozen=True)
class Measured:
    """One size: reading the manifests, passes that change nothing, and making everything from nothing.

    Attributes:
        first: the first pass of a process, with sessions to open, each row written for the first time, and
            everything read twice, because no domain controller is kept yet.
        touched: a pass after a property that nobody declares was changed by hand.
        memory: largest resident size of the operator after these passes, in MiB.
    """

    plans: int
    gateways: int
    manifests: float
    first: Cost
    unchanged: Cost
    touched: Cost
    first_apply: Cost
    memory: int


def measure(plans: int, gateways: int) -> Measured:
    """Measure one size."""
    return asyncio.run(_measure(plans, gateways))


async def _measure(plans: int, gateways: int) -> Measured:
    declared, full = many.manifests(plans, gateways), many.estate(plans, gateways)
    with _lab(full, declared) as (lab, folder):
        began = time.perf_counter()
        async with _operator(lab, folder) as (target, one):
            manifests = time.perf_counter() - began
            memory = await one.recall()
            report, first = await _costs(
                lab, lambda: one.run(target.desired, scopes.everything(None), memory)
            )
            assert report.plan.steps == ()
            report, unchanged = await _fastest(lab, one, target, report, before=lambda: None)
            report, touched = await _fastest(lab, one, target, report, before=lab.touch)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    empty = many.estate(0, 0)
    with _lab(empty, declared) as (lab, folder):
        async with _operator(lab, folder) as (target, one):
            report, first_apply = await _costs(lab, lambda: _settled(one, target, lab))
            assert report.plan.steps == ()
    return Measured(plans, gateways, manifests, first, unchanged, touched, first_apply, resident)


async def _fastest(
    lab: RemoteLab, one: OnePass, target: Target, report: Report, *, before: Callable[[], None]
) -> tuple[Report, Cost]:
    """Return the last of several full passes in which there is nothing to do, and what the fastest cost."""
    costs = []
    for _ in range(PASSES):
        before()
        report, cost = await _costs(lab, _full_pass(one, target, report))
        assert not report.plan.findings
        costs.append(cost)
    return report, min(costs, key=lambda cost: cost.wall)


def _full_pass(one: OnePass, target: Target, last: Report) -> Callable[[], Awaitable[Report]]:
    return lambda: one.run(target.desired, scopes.everything(last.plan), last.memory)


async def _settled(one: OnePass, target: Target, lab: RemoteLab) -> Report:
    return await settle(one, target.desired, lab.clock, lab.clock.now() + DAY, _nobody)


async def _nobody(_: Report) -> None: ...


async def _costs(lab: RemoteLab, work: Callable[[], Awaitable[Report]]) -> tuple[Report, Cost]:
    before, wall, cpu = lab.counts(), time.perf_counter(), time.process_time()
    report = await work()
    wall, cpu, after = time.perf_counter() - wall, time.process_time() - cpu, lab.counts()
    return report, Cost(wall=wall, cpu=cpu, **{name: after[name] - before[name] for name in before})


@asynccontextmanager
async def _operator(lab: RemoteLab, folder: Path) -> AsyncIterator[tuple[Target, OnePass]]:
    with (
        connect_to.installed(connect_to.parse(lab.connect_to)),
        open_workspace(
            read_manifests([str(folder / "manifests"), str(folder / "secrets")]),
            folder / "state",
            writable=True,
            now=lab.clock.now(),
            new_uid=lambda: "0",
        ) as workspace,
    ):
        [target] = workspace.targets
        async with connection.connected(target.desired.spec, workspace.secrets, lab.clock) as way_in:
            yield (
                target,
                exchange.one_pass(
                    way_in,
                    records=target.records,
                    journal=target.journal,
                    events=LocalEvents(lambda _: None),
                    lease=workspace.lease,
                    clock=lab.clock,
                    plans=target.plans,
                    identities=Identities(),
                ),
            )


@contextmanager
def _lab(spec: EstateSpec, declared: list[dict[str, Any]]) -> Iterator[tuple[RemoteLab, Path]]:
    with tempfile.TemporaryDirectory() as name:
        write(Path(name) / "manifests", [organization(), *declared])
        with remote_lab.started(spec, Path(name), latency=LATENCY) as lab:
            yield lab, Path(name)


def _share(cost: Cost) -> float:
    """Return what the lab's CPU is of the operator's, in percent."""
    return 100 * cost.lab_cpu / cost.cpu


ROWS: tuple[tuple[str, Callable[[Measured], float], str], ...] = (
    ("no-change full pass: cmdlet invocations", lambda m: m.unchanged.invocations, ""),
    ("no-change full pass: writes", lambda m: m.unchanged.effects, ""),
    ("no-change full pass: HTTP requests", lambda m: m.unchanged.requests, ""),
    ("no-change full pass: result", lambda m: m.unchanged.result_bytes / 1000, "kB"),
    ("no-change full pass: wall clock", lambda m: m.unchanged.wall, "s"),
    ("no-change full pass: CPU of the operator", lambda m: m.unchanged.cpu, "s"),
    ("no-change full pass: CPU of the lab", lambda m: m.unchanged.lab_cpu, "s"),
    ("no-change full pass: CPU of the lab, of the operator's", lambda m: _share(m.unchanged), "%"),
    ("full pass after a change by hand: CPU of the lab, of the operator's", lambda m: _share(m.touched), "%"),
    ("first pass of a process: CPU of the operator", lambda m: m.first.cpu, "s"),
    ("first pass of a process: CPU of the lab", lambda m: m.first.lab_cpu, "s"),
    ("operator's largest resident size", lambda m: m.memory, "MiB"),
    ("manifests read and joined with the state", lambda m: m.manifests, "s"),
    ("first apply: writes", lambda m: m.first_apply.effects, ""),
    ("first apply: cmdlet invocations", lambda m: m.first_apply.invocations, ""),
    ("first apply: wall clock", lambda m: m.first_apply.wall, "s"),
    ("first apply: CPU of the operator", lambda m: m.first_apply.cpu, "s"),
    ("first apply: CPU of the lab", lambda m: m.first_apply.lab_cpu, "s"),
)


def _table(small: Measured, large: Measured) -> Iterator[str]:
    yield f"| | {_size(small)} | {_size(large)} | ratio |"
    yield "|---|---:|---:|---:|"
    for name, value, unit in ROWS:
        few, much = value(small), value(large)
        ratio = f"{much / few:.1f}" if few else ""
        yield f"| {name} | {_shown(few, unit)} | {_shown(much, unit)} | {ratio} |"


def _size(measured: Measured) -> str:
    return f"{measured.plans:,} plans, {measured.gateways:,} gateways"


def _shown(value: float, unit: str) -> str:
    return f"{value:,.2f} {unit}" if unit == "s" else f"{value:,.0f} {unit}".rstrip()


def _judge(small: Measured, large: Measured) -> None:
    """Hold the figures to what must be true on any machine.

    Raises:
        AssertionError: something is not.
    """
    few, much = small.unchanged, large.unchanged
    assert much.invocations == few.invocations, "a pass makes more calls where there are more objects"
    assert much.effects == few.effects == large.touched.effects == 0, (
        "a pass writes where nothing is to be done"
    )
    receives = math.ceil((much.result_bytes - few.result_bytes) / BYTES_A_RECEIVE)
    assert much.requests - few.requests <= receives, "requests grow by more than the result"
    for cost in (large.unchanged, large.touched):
        assert _share(cost) < LARGEST_SHARE, "the estate costs too much beside the operator to be its measure"


def main() -> None:
    """Measure both sizes, each in a fresh process, print a table and judge it."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as processes:
        small, large = processes.map(measure, *zip(*SIZES, strict=True))
    print("\n".join(_table(small, large)))
    _judge(small, large)


if __name__ == "__main__":
    main()
