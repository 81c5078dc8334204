"""Select-Object as restricted sessions have it: properties by name, nothing computed, no wildcard."""

from __future__ import annotations

from um_operator.lab.binding import Declaration, Parameter, bind
from um_operator.lab.powershell import Invocation, PSObject, Streams, Value
from um_operator.lab.values import INTEGER, STRING, Replace, multi_valued

NAME = "Select-Object"
DECLARATION = Declaration(
    NAME,
    "Microsoft.PowerShell.Commands.SelectObjectCommand",
    (Parameter("Property", multi_valued(STRING), position=0), Parameter("First", INTEGER)),
)


def is_select(invocation: Invocation) -> bool:
    """Whether that is what is called."""
    return invocation.cmdlet.lower() == NAME.lower()


def select(invocation: Invocation, streams: Streams) -> None:
    """Write the objects that came down the pipeline with nothing but the properties that were named.

    A property that an object does not have is there all the same, and nil.

    Raises:
        CmdletError: it does not bind.
    """
    arguments = bind(DECLARATION, invocation).arguments
    wanted = arguments.get("Property", Replace(()))
    for value in invocation.pipeline_input[: arguments.get("First")]:
        streams.output(_selected(value, wanted.values) if wanted.values else value)


def _selected(value: Value, names: tuple[str, ...]) -> PSObject:
    members: dict[str, Value] = {}
    type_name = "System.Object"
    if isinstance(value, PSObject):
        type_name = value.type_names[0]
        members = {**value.properties, **value.notes}
    known = {name.lower(): item for name, item in members.items()}
    text = "; ".join(f"{name}={known.get(name.lower())}" for name in names)
    return PSObject(
        (f"Selected.{type_name}", "System.Management.Automation.PSCustomObject", "System.Object"),
        f"@{{{text}}}",
        {},
        notes={name: known.get(name.lower()) for name in names},
    )
