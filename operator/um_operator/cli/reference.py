"""The reference page of the command line, made from the commands themselves. Pure."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

NOTE = "<!-- Made by tools/generate_docs.py from the commands; do not edit. -->"


def command_page(app: typer.Typer) -> str:
    """Return the page of every command with its options."""
    return "\n".join(_lines(typer.main.get_command(app))) + "\n"


def operator_page(app: typer.Typer) -> str:
    """Return the page of the operator's own command."""
    command = typer.main.get_command(app)
    head = (
        NOTE,
        "",
        "# um-operator",
        "",
        "What the Deployment of the chart starts. Exit codes: `0` it was asked",
    )
    rest = (
        "to end, `1` the Lease was lost or something broke, and another process begins anew. Every option",
        "can be set by the environment variable beside it.",
    )
    return "\n".join((*head, *rest, *_command_lines(command, "um-operator", variables=True))) + "\n"


def _lines(group: Any) -> Iterator[str]:
    yield from (NOTE, "", "# umctl", "", f"{group.help}", "")
    yield "Installed as `kubectl-um` too. Exit codes: `0` nothing is left to do, `2` something differs or is"
    yield "left, `1` an error. `umctl --install-completion` sets up completion of the shell."
    context = typer.Context(group)
    for name in group.list_commands(context):
        yield from _command_lines(group.get_command(context, name), f"umctl {name}")


def _command_lines(command: Any, name: str, *, variables: bool = False) -> Iterator[str]:
    yield from ("", f"## {name}", "")
    yield from _paragraphs(command.help or "")
    rows = [
        row + _variable(parameter) * variables for parameter in command.params if (row := _row(parameter))
    ]
    if rows:
        more = (" Variable |", "---|") if variables else ("", "")
        yield from (
            "",
            f"| Argument or option | Default | Meaning |{more[0]}",
            f"|---|---|---|{more[1]}",
            *rows,
        )
    for inner in getattr(command, "commands", {}).values():
        yield from _command_lines(inner, f"{name} {inner.name}")


def _paragraphs(text: str) -> Iterator[str]:
    yield inspect.cleandoc(text)


def _row(parameter: Any) -> str:
    if getattr(parameter, "hidden", False) or parameter.name == "help":
        return ""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name.upper()}`"
    default = "**required**" if parameter.required else _default(parameter)
    meaning = (parameter.help or "").replace("|", "\\|")
    return f"| {names} | {default} | {meaning} |"


def _variable(parameter: Any) -> str:
    names = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or []
    return f" {', '.join(f'`{name}`' for name in names)} |"


def _default(parameter: Any) -> str:
    if isinstance(parameter.show_default, str):
        return f"`{parameter.show_default}`"
    value = parameter.default
    if parameter.secondary_opts:
        return f"`{(parameter.opts if value else parameter.secondary_opts)[0]}`"
    return "" if value in (None, False, "") or callable(value) else f"`{value}`"
