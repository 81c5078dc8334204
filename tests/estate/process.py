"""umctl as a process of its own on a lab: it can be killed, and all that it remembers is on the disk.

The processes are forked from one that has loaded the command line and nothing else yet, because loading it
takes longer than most runs. That the installed command starts is tried where the command line is.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from estate.harness import Operator
from um_operator.api.meta import ObjectKey
from um_operator.cli.main import run
from um_operator.lab import faults
from um_operator.local.clock import CLOCK_SETTING

LONGEST = 120.0
"""Real seconds until a run that hangs is ended."""
STANDARD_STREAMS = (1, 2)
LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["__main__", "um_operator.cli.main", "um_operator.remoting.pypsrp_backend"])

Fault = Callable[[faults.Action], object]
"""Plans when an action happens, such as a kill at an effect."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its exit code, negative for a signal, and what it wrote."""

    code: int
    output: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


@dataclass
class Umctl:
    """The command line with the manifests and the state of an operator.

    ``delete`` names what a run deletes, as ``umctl delete`` takes it; without names it is ``umctl apply``.
    """

    operator: Operator
    delete: tuple[ObjectKey, ...] = ()
    outputs: list[str] = field(default_factory=list)

    @property
    def runs(self) -> int:
        return len(self.outputs)

    async def run(self, kill: Fault | None = None) -> Ended:
        """Run it to its end, or until it is killed at the effect for which ``kill`` plans that."""
        self._allow()
        clock, said = self.operator.lab.clock.to_setting(), self.operator.state.with_name("said")
        process = LOADED.Process(target=_run, args=(self._command(), clock, said))
        await asyncio.to_thread(process.start)
        assert process.pid is not None
        if kill is not None:
            pid = process.pid
            kill(faults.kill(lambda: pid))
        await _ended(process)
        assert process.exitcode is not None
        self.outputs.append(said.read_text())
        return Ended(process.exitcode, self.outputs[-1])

    def _command(self) -> list[str]:
        operator = self.operator
        mapped = operator.state.with_name("connect-to")
        mapped.write_text("".join(f"{rule}\n" for rule in operator.lab.connect_to))
        names = [f"{key.kind}/{key.name}" for key in self.delete]
        folders = [argument for folder in operator.folders for argument in ("-f", str(folder))]
        options = ["--state", str(operator.state), "--connect-to", f"@{mapped}", "--timeout", "6h"]
        return ["delete", *names, *folders, *options] if names else ["apply", *folders, *options]

    def _allow(self) -> None:
        operator = self.operator
        going = {(key.kind, key.name) for key in self.delete}
        operator.lab.invariants.declare(
            operator.declarations.allow(operator.folders, operator.lab.clock.now(), going)
        )


def _run(command: list[str], clock: str, said: Path) -> None:
    """Be umctl with that command line; what it says goes to a file."""
    with said.open("wb") as file:
        for stream in STANDARD_STREAMS:
            os.dup2(file.fileno(), stream)
    os.environ[CLOCK_SETTING] = clock
    raise SystemExit(run(command))


async def _ended(process: ForkServerProcess) -> None:
    """Wait until a process is no more; one that hangs is ended.

    Raises:
        TimeoutError: it hung.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, over.set)
    try:
        async with asyncio.timeout(LONGEST):
            await over.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        loop.remove_reader(process.sentinel)
        process.join()
