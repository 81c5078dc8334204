"""``umctl``, also installed as ``kubectl-um``: every command is a file of its own."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from um_operator.app.settings import ConnectionSettingsError
from um_operator.cli.apply import apply
from um_operator.cli.asking import renew, retry, rollback
from um_operator.cli.check import check
from um_operator.cli.crds import crds
from um_operator.cli.delete import delete
from um_operator.cli.exits import ExitCode, Finished
from um_operator.cli.export import export
from um_operator.cli.notices import notice
from um_operator.cli.on_demand import OnDemandGroup
from um_operator.cli.plan import plan
from um_operator.cli.probe import probe
from um_operator.cli.request import app as request
from um_operator.cli.status import status
from um_operator.cli.testing import app as test
from um_operator.cli.trust import app as trust
from um_operator.cli.validate import validate
from um_operator.engine.ports import PortError
from um_operator.local.clock import ClockRefusedError
from um_operator.local.errors import LocalError
from um_operator.local.manifests import ManifestsError
from um_operator.remoting.connect_to import ConnectToError

INTERRUPTED = 130
USAGE_ERROR = 2
"""The argument parser's exit code, which is taken here by "something differs"."""

EXPECTED = (
    ConnectionSettingsError,
    ConnectToError,
    ClockRefusedError,
    LocalError,
    ManifestsError,
    PortError,
)
"""Errors whose text says it all; anything else is a defect and shows its traceback."""

app = typer.Typer(
    name="umctl",
    cls=OnDemandGroup,
    help="Desired state for Exchange Unified Messaging: plan it, apply it, see what differs.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
for command in (plan, apply, delete, status, renew, retry, rollback, validate, check, probe, export, crds):
    app.command()(command)
for name, group in (("request", request), ("trust", trust), ("test", test)):
    app.add_typer(group, name=name)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"umctl {version('um-operator')}")
        raise typer.Exit


@app.callback()
def _umctl(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take what stands before the command."""


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    try:
        app(arguments)
    except Finished as finished:
        return int(finished.code or 0)
    except SystemExit as parsed:
        return ExitCode.ERROR if parsed.code == USAGE_ERROR else int(parsed.code or 0)
    except EXPECTED as error:
        for line in str(error).splitlines():
            notice(f"error: {line}")
        return ExitCode.ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return ExitCode.NOTHING_LEFT


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))
