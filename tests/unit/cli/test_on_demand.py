"""The commands of the lab cost nothing until they are asked for, and say what they need."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest

COMMANDS = (("demo",), ("lab",), ("lab", "journal", "--json"), ("--help",))
WITHOUT_THE_LAB = f"""
import contextlib, io, json, sys
sys.modules["psrpcore"] = None
from um_operator.cli.main import run
ran = {{"loaded": "um_operator.lab" in sys.modules}}
for command in {COMMANDS}:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(command))
    ran[" ".join(command)] = (code, out.getvalue(), err.getvalue())
print(json.dumps(ran))
"""
"""Loading the command line is what takes time here, so one process runs every command."""


@dataclass(frozen=True)
class Here:
    """A process that has the command line, but no lab."""

    loaded: bool
    ran: dict[str, tuple[int, str, str]]


@pytest.fixture(scope="module")
def here() -> Here:
    """Run every command where the lab's libraries are not installed."""
    command = [sys.executable, "-c", WITHOUT_THE_LAB]
    ran = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=50).stdout)
    return Here(ran.pop("loaded"), ran)


def test_other_commands_do_not_load_the_lab(here: Here) -> None:
    assert not here.loaded


@pytest.mark.parametrize("command", [" ".join(words) for words in COMMANDS if words != ("--help",)])
def test_without_its_libraries_a_lab_command_says_what_to_install(here: Here, command: str) -> None:
    code, _, said = here.ran[command]
    name = command.split(maxsplit=1)[0]
    assert code == 1
    assert f'umctl {name} needs the simulated estate; install "um-operator[lab]"' in said


def test_without_its_libraries_the_help_still_lists_every_command(here: Here) -> None:
    code, shown, _ = here.ran["--help"]
    assert code == 0
    assert "demo" in shown
    assert 'Needs the extra "lab".' in shown
