"""Commands that load what the others do not need, and only when they are asked for.

The client of a cluster takes a while to load; the simulated estate is not even in the image.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from um_operator.local.errors import LocalError

OF_THE_LAB: Final = {"demo": "um_operator.cli.demo.command", "lab": "um_operator.cli.lab"}
LOADED_FROM: Final = {"halt": "um_operator.cli.halt", **OF_THE_LAB}
"""Module of each such command; its ``app`` is the command."""


class OnDemandGroup(TyperGroup):
    """The commands of umctl; those that load more come last and cost nothing until then."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Return every command's name in the order of the help."""
        return [*(name for name in super().list_commands(ctx) if name not in LOADED_FROM), *LOADED_FROM]

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name, ``None`` if there is none."""
        if cmd_name in LOADED_FROM and cmd_name not in self.commands:
            self.add_command(_load(cmd_name), cmd_name)
        return super().get_command(ctx, cmd_name)


def _load(name: str) -> Any:
    try:
        app = importlib.import_module(LOADED_FROM[name]).app
    except ModuleNotFoundError as error:
        if name not in OF_THE_LAB or (error.name or "").startswith("um_operator"):
            raise
        app = _absent(name)
    return typer.main.get_command(app)


def _absent(name: str) -> typer.Typer:
    """Return a command that says what it needs."""
    app = typer.Typer()

    @app.command(
        name,
        help='Needs the extra "lab".',
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def say() -> None:
        raise LocalError(f'umctl {name} needs the simulated estate; install "um-operator[lab]"')

    return app
