"""The Session port: commands with parameters in, rows and error records out.

Cmdlets and parameters only: Exchange's and Lync's endpoints run in no-language mode, so no script text
ever passes (field notes, powershell-remoting 6b).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that travels as a SecureString and is never shown."""

    reveal: str = field(repr=False)


Argument: TypeAlias = (
    bool | int | str | bytes | Secret | Sequence["Argument"] | Mapping[str, "Argument"] | None
)  # fmt: skip
"""A parameter's value. A mapping is a Hashtable (``@{Add=…}``); a switch is ``True``."""


@dataclass(frozen=True, slots=True)
class Command:
    """One cmdlet call; ``then`` are the cmdlets that its output is piped through, on the server."""

    name: str
    parameters: Mapping[str, Argument] = field(default_factory=dict)
    then: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class PSEnum:
    """An enum that came as ToString + number; one that came as plain text is a ``str``."""

    text: str
    number: int


@dataclass(frozen=True, slots=True)
class PSRow:
    """One object of the output: its type names (without ``Deserialized.``), its text, its properties.

    Property names are looked up without case, as PowerShell does; PSComputerName, RunspaceId and
    PSShowComputerName are left out.
    """

    type_names: tuple[str, ...]
    text: str
    properties: Mapping[str, PSValue]


PSValue: TypeAlias = (
    bool | int | float | str | bytes | PSEnum | PSRow | tuple["PSValue", ...] | Mapping[str, "PSValue"] | None
)  # fmt: skip
"""A value of a property: dates, time spans and GUIDs stay text; a collection is a tuple."""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One PowerShell error record, classified by category and type, never by (localised) text."""

    message: str
    error_id: str
    category: str
    exception_type: str
    target: str | None
    terminating: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What one invocation gave. ``errors`` not empty means that ``rows`` may be incomplete (R1)."""

    rows: tuple[PSValue, ...]
    errors: tuple[ErrorRecord, ...] = ()
    warnings: tuple[str, ...] = ()


class Session(Protocol):
    """One remote runspace. Blocking and owned by one thread at a time."""

    def open(self, deadline: float) -> None:
        """Connect, authenticate, open the runspace within ``deadline`` seconds."""

    def invoke(self, command: Command, deadline: float) -> Result:
        """Run one command within ``deadline`` seconds.

        Raises:
            RemotingError: one of its kinds; ``RemotingError.sent`` says whether the command may have run.
        """

    def close(self) -> None:
        """Free the shell on the server, best effort, within a short time."""


class Invoker(Protocol):
    """Runs commands somewhere, for asyncio; a pool of sessions has this shape."""

    async def invoke(self, command: Command, *, deadline: float, write: bool) -> Result:
        """Run one command within ``deadline`` seconds; a ``write`` is sent at most once.

        Raises:
            RemotingError: there is no result; ``sent`` says whether the command may have run.
        """
