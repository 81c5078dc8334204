"""umctl as a process of its own on a lab: it can be killed, and all that it remembers is on the disk."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import forked
from estate.harness import Operator
from um_operator.api.meta import ObjectKey
from um_operator.cli.main import run
from um_operator.lab import faults
from um_operator.local.clock import CLOCK_SETTING

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
        said = self.operator.state.with_name("said")
        clock = {CLOCK_SETTING: self.operator.lab.clock.to_setting()}
        process = await forked.start(run, self._command(), clock, said)
        assert process.pid is not None
        if kill is not None:
            pid = process.pid
            kill(faults.kill(lambda: pid))
        code = await forked.ended(process, LONGEST)
        self.outputs.append(said.read_text())
        return Ended(code, self.outputs[-1])

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
