"""umctl as a process of its own on a lab: it can be killed, and all that it remembers is on the disk."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from estate.harness import Operator
from um_operator.api.meta import ObjectKey
from um_operator.lab import faults
from um_operator.local.clock import CLOCK_SETTING

UMCTL = Path(sys.executable).with_name("umctl")
LONGEST = 120.0
"""Real seconds until a run that hangs is ended."""

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
        process = await asyncio.create_subprocess_exec(
            str(UMCTL),
            *self._command(),
            env={**os.environ, CLOCK_SETTING: self.operator.lab.clock.to_setting()},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        if kill is not None:
            kill(faults.kill(lambda: process.pid))
        try:
            async with asyncio.timeout(LONGEST):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        self.outputs.append(output.decode())
        return Ended(process.returncode, self.outputs[-1])

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
