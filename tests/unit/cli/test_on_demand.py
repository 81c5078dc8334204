"""The commands of the lab cost nothing until they are asked for, and say what they need."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT_THE_LAB = "import sys; sys.modules['psrpcore'] = None; from um_operator.cli.main import run; "


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=50
    )


def test_other_commands_do_not_load_the_lab() -> None:
    loaded = python("import sys, um_operator.cli.main; print('um_operator.lab' in sys.modules)")
    assert loaded.stdout.strip() == "False"


@pytest.mark.parametrize("arguments", [["demo"], ["lab"], ["lab", "journal", "--json"]])
def test_without_its_libraries_a_lab_command_says_what_to_install(arguments: list[str]) -> None:
    ended = python(WITHOUT_THE_LAB + f"sys.exit(run({arguments}))")
    assert ended.returncode == 1
    assert f'umctl {arguments[0]} needs the simulated estate; install "um-operator[lab]"' in ended.stderr


def test_without_its_libraries_the_help_still_lists_every_command() -> None:
    ended = python(WITHOUT_THE_LAB + "sys.exit(run(['--help']))")
    assert ended.returncode == 0
    assert "demo" in ended.stdout
    assert 'Needs the extra "lab".' in ended.stdout
