"""A lab of its own for each story, run by ``umctl lab`` in a process of its own, and a command line on it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

import forked
from um_operator.cli.lab_files import LabFolder
from um_operator.cli.main import run
from um_operator.lab.control import ask
from um_operator.local.clock import CLOCK_SETTING

EXAMPLES = Path(__file__).parents[2] / "examples"
STARTS_WITHIN = 40.0
RATE = 120


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Umctl = Callable[..., Ran]


@pytest.fixture(autouse=True)
def no_lent_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out a lab's clock that the shell of whoever runs the tests may have."""
    monkeypatch.delenv(CLOCK_SETTING, raising=False)


@pytest.fixture
def umctl(capsys: pytest.CaptureFixture[str]) -> Umctl:
    """Run a command line in this process."""

    def command(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return command


@dataclass(frozen=True)
class RunningLab:
    """A lab in another process."""

    files: LabFolder
    manifests: Path
    state: Path
    output: str

    @property
    def on(self) -> tuple[str | Path, ...]:
        """Return the options that lead a command to the lab."""
        return (*self.reading, "--state", self.state)

    @property
    def patient(self) -> tuple[str | Path, ...]:
        """Return the same for a run that may take long: the lab's time flies, our machine may be busy."""
        return (*self.on, "--timeout", "12h")

    @property
    def reading(self) -> tuple[str | Path, ...]:
        """Return the same for commands without state."""
        return ("-f", self.manifests, "-f", self.files.path, "--connect-to", f"@{self.files.connect_to}")

    def effects(self) -> list[dict[str, Any]]:
        """Return every change in the estate so far, by whoever."""
        entries: list[dict[str, Any]] = []
        while more := ask(self.files.control_address(), "journal", **{"from": len(entries)})["entries"]:
            entries += more
        return [entry for entry in entries if entry["entry"] == "effect"]

    def edit(self, name: str, before: str, after: str) -> None:
        """Change a manifest."""
        text = (self.manifests / name).read_text()
        assert before in text
        (self.manifests / name).write_text(text.replace(before, after))


@pytest.fixture
def lab(tmp_path: Path, no_lent_clock: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningLab]:
    """Start a lab and copy the first steps, for one test."""
    files, manifests = LabFolder(tmp_path / "lab"), tmp_path / "first-steps"
    manifests.mkdir()
    for file in (EXAMPLES / "first-steps").glob("*.yaml"):
        (manifests / file.name).write_text(file.read_text())
    output = tmp_path / "lab.out"
    command = ["lab", "--rate", str(RATE), "--folder", str(files.path)]
    process = asyncio.run(forked.start(run, command, {}, output))
    try:
        _until(lambda: output.exists() and "umctl lab journal" in output.read_text(), process)
        printed = output.read_text()
        monkeypatch.setenv(CLOCK_SETTING, printed.partition(f"{CLOCK_SETTING}='")[2].partition("'")[0])
        yield RunningLab(files, manifests, tmp_path / "state", printed)
    finally:
        process.terminate()
        process.join(20)
        assert process.exitcode == 0
        assert not files.control.exists()


def _until(reached: Callable[[], bool], process: ForkServerProcess) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not reached():
        assert process.is_alive(), "the lab ended"
        assert time.monotonic() < deadline, "the lab did not start"
        time.sleep(0.05)
