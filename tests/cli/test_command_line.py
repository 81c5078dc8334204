"""What needs no estate: exit codes of errors, and one line that says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from um_operator.local.clock import CLOCK_SETTING
from um_operator.local.state_directory import StateLock

if TYPE_CHECKING:
    from cli.conftest import Umctl

FIRST_STEPS = Path(__file__).parents[2] / "examples" / "first-steps"


@pytest.fixture
def nobody_answers() -> str:
    """Return a mapping of every connection to a port on which nobody answers."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    return f"::127.0.0.1:{port}"


def test_the_version_is_that_of_the_package(umctl: Umctl) -> None:
    ran = umctl("--version")
    assert ran.code == 0
    assert ran.out.startswith("umctl 0.")


@pytest.mark.parametrize("command", ["umctl", "um-operator"])
def test_an_installed_command_starts(command: str) -> None:
    installed = Path(sys.executable).with_name(command)
    done = subprocess.run([installed, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: {command}" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--no-such-option"),
        ("plan",),
        ("nonsense",),
        ("delete", "pod/x", "-f", "."),
        ("delete", "umgw/", "-f", "."),
        ("apply", "-f", ".", "--timeout", "soon"),
        ("lab", "--preset", "nowhere"),
        ("plan", "-f", ".", "-o", "xml"),
        ("plan", "-f", ".", "--namespace", "um"),
        ("plan", "-f", ".", "--no-prune"),
        ("plan", "-f", ".", "--against", "live", "--state", "state"),
    ],
)
def test_a_wrong_command_line_is_an_error_and_never_means_that_something_differs(
    umctl: Umctl, arguments: tuple[str, ...]
) -> None:
    ran = umctl(*arguments)
    assert ran.code == 1
    assert ran.err
    assert "Traceback" not in ran.err


def test_bad_manifests_stop_everything_with_a_line_each(umctl: Umctl, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: unifiedmessaging.dev/v1beta1\nkind: UMDialplan\n")
    (tmp_path / "b.yaml").write_text("apiVersion: v1\nkind: Pod\na: 010\n")
    for command in ("plan", "apply", "status", "check", "export"):
        ran = umctl(command, "-f", tmp_path)
        assert ran.code == 1
        assert ran.err.splitlines() == [
            f"error: {tmp_path}/a.yaml:2: document 1, UMDialplan: "
            'kind "UMDialplan": did you mean "UMDialPlan"?',
            f"error: {tmp_path}/b.yaml:3: document 1, Pod: "
            "a: YAML loaders read it in different ways; put it in quotes",
        ]


def test_validate_prints_problems_as_its_result(umctl: Umctl, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: UMDialPlan\n")
    ran = umctl("validate", "-f", tmp_path, "-o", "json")
    assert ran.code == 1
    assert len(ran.data["problems"]) == 1
    assert ran.err == "error: 1 problem\n"


def test_validate_warns_and_counts(umctl: Umctl) -> None:
    ran = umctl("validate", "-f", FIRST_STEPS)
    assert ran.code == 0
    assert "maintenanceWindows is empty" in ran.out
    assert ran.out.splitlines()[-1] == "6 resources valid"


def test_state_among_the_manifests_is_refused(umctl: Umctl) -> None:
    ran = umctl("apply", "-f", FIRST_STEPS, "--state", FIRST_STEPS / "state")
    assert ran.code == 1
    assert "give another one with --state" in ran.err
    assert not (FIRST_STEPS / "state").exists()


def test_a_second_run_on_the_same_state_is_refused_and_names_the_first(umctl: Umctl, tmp_path: Path) -> None:
    with StateLock(tmp_path / "state"):
        ran = umctl("apply", "-f", FIRST_STEPS, "--state", tmp_path / "state")
    assert ran.code == 1
    assert f'in use by process "{os.getpid()}"' in ran.err


@pytest.mark.timeout(120)
def test_an_estate_that_does_not_answer_is_an_error_that_says_so(umctl: Umctl, nobody_answers: str) -> None:
    planned = umctl("plan", "-f", FIRST_STEPS, "--connect-to", nobody_answers)
    assert planned.code == 1
    assert planned.out.splitlines()[0] == 'Organization "default", mode Enforce: could not be read.'
    assert "EndpointUnreachable" in planned.out


def test_a_missing_account_is_named(umctl: Umctl, tmp_path: Path) -> None:
    (tmp_path / "organization.yaml").write_text((FIRST_STEPS / "organization.yaml").read_text())
    ran = umctl("plan", "-f", tmp_path)
    assert ran.code == 1
    assert 'there is no Secret "exchange-operator"' in ran.err


def test_a_lent_clock_is_refused_for_an_estate_that_is_not_on_this_machine(
    umctl: Umctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CLOCK_SETTING, "0.0@2026-01-05T09:00:00+00:00*60.0")
    ran = umctl("plan", "-f", FIRST_STEPS)
    assert ran.code == 1
    assert '"ex01.contoso.com" is not a loopback address' in ran.err


def test_without_a_lab_its_commands_say_how_to_start_one(umctl: Umctl, tmp_path: Path) -> None:
    ran = umctl("lab", "journal", "--folder", tmp_path)
    assert ran.code == 1
    assert "start one with umctl lab" in ran.err


def test_a_second_lab_in_the_folder_of_one_that_runs_is_refused(umctl: Umctl, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as running:
        (tmp_path / "control").write_text(f"127.0.0.1:{running.getsockname()[1]}\n")
        answering = threading.Thread(target=answer_one, args=(running,))
        answering.start()
        ran = umctl("lab", "--folder", tmp_path)
        answering.join()
    assert ran.code == 1
    assert (
        ran.err == f'error: a lab runs with folder "{tmp_path}" already; end it, or give another --folder\n'
    )
    assert not (tmp_path / "estate.yaml").exists()


def answer_one(running: socket.socket) -> None:
    """Answer one request as a lab does."""
    asking, _ = running.accept()
    with asking, asking.makefile("rb") as requests:
        requests.readline()
        asking.sendall(b'{"ok": true}\n')
