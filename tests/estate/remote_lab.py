"""An estate in a process of its own, so that what it costs and what the operator costs are told apart."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from estate.declarations import Declarations
from estate.harness import credentials
from um_operator.lab.estate import EstateSpec, Lab
from um_operator.local.clock import LentClock, lent_clock


@dataclass(frozen=True)
class RemoteLab:
    """The estate in the other process."""

    connect_to: list[str]
    clock: LentClock
    asking: Connection

    def counts(self) -> dict[str, Any]:
        """Return what the servers counted so far."""
        self.asking.send("counts")
        counted: dict[str, Any] = self.asking.recv()
        return counted

    def touch(self) -> None:
        """Have somebody change by hand what nobody declares."""
        self.asking.send("touch")
        self.asking.recv()


@contextmanager
def started(spec: EstateSpec, folder: Path, *, latency: timedelta) -> Iterator[RemoteLab]:
    """Start an estate for the manifests in a folder, write its Secret there, and judge it in the end.

    Args:
        spec: what there is.
        folder: has ``manifests``, and gets ``secrets``.
        latency: of each WSMan request, beside the time that its answer takes.
    """
    asking, answering = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_run, args=(spec, folder, latency, answering)
    )
    process.start()
    answering.close()
    try:
        rules, setting = asking.recv()
        yield RemoteLab(rules, lent_clock(setting, ()), asking)
        asking.send("end")
        process.join()
        assert process.exitcode == 0, "an invariant of the estate did not hold"
    finally:
        process.kill()


def _run(spec: EstateSpec, folder: Path, latency: timedelta, answering: Connection) -> None:
    asyncio.run(_serve(spec, folder, latency, answering))


async def _serve(spec: EstateSpec, folder: Path, latency: timedelta, answering: Connection) -> None:
    async with Lab.start(spec) as lab:
        lab.faults.latency = latency
        lab.invariants.declare(Declarations().allow([folder / "manifests"], lab.clock.now()))
        credentials(lab, folder / "secrets")
        answering.send((lab.connect_to, lab.clock.to_setting()))
        values = itertools.cycle((True, False))
        while (asked := await asyncio.to_thread(answering.recv)) != "end":
            if asked == "touch":
                lab.change(
                    "Set-UMIPGateway", Identity="gateway-0000", DelayedSourcePartyInfoEnabled=next(values)
                )
            answering.send(_counted(lab))
        lab.invariants.check()


def _counted(lab: Lab) -> dict[str, Any]:
    counted = lab.counters
    return {
        "lab_cpu": time.process_time(),
        "invocations": sum(counted.invocations.values()),
        "requests": counted.http_requests,
        "result_bytes": counted.result_bytes,
        "effects": len(lab.journal.effects),
    }
