"""What a simulated cmdlet takes and gives: the values between the wire (lab/wsman) and the estate.

The wire turns CLIXML into these values and back; the estate never sees XML, the wire never sees a dial plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SecureString:
    """A decrypted SecureString parameter; never shown."""

    plain: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A .NET enum. On the wire a string, or ToString + Int32: the lab has both variants."""

    type_name: str
    name: str
    number: int


class UInt32(int):
    """A number that .NET holds without sign, as CIM does."""


class Int64(int):
    """A number that .NET holds in 64 bits, however small it is."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PSObject:
    """One object of a pipeline's output: type names without ``Deserialized.``, properties in order.

    ``properties`` are the adapted ones, ``notes`` those that PowerShell added. A collection of a type of its
    own has ``items``; a value or object in a wrapper that adds notes is its ``base``. The same instance used
    twice in one object travels once, and then by reference. Of some types only the properties in ``sent``
    leave the server: a command behind it in the same pipeline sees all, the client sees those.
    """

    type_names: tuple[str, ...]
    text: str
    properties: Mapping[str, Value]
    notes: Mapping[str, Value] = field(default_factory=dict)
    items: Sequence[Value] | Mapping[str, Value] | None = None
    base: Value = None
    sent: frozenset[str] | None = None


Value: TypeAlias = (
    bool | int | float | str | bytes | UUID | datetime | timedelta
    | EnumValue | SecureString | PSObject | Sequence["Value"] | Mapping[str, "Value"] | None
)  # fmt: skip
"""A list is a multi-valued property, a mapping a Hashtable."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command of a pipeline with the parameters as sent; switches are ``True``.

    ``pipeline_input`` is what came down the pipeline: from the client, or from the command before.
    """

    cmdlet: str
    parameters: Mapping[str, Value]
    positional: Sequence[Value] = ()
    pipeline_input: Sequence[Value] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and through which endpoint of which server; ``session`` tells shells of one caller apart."""

    account: str
    server: str
    endpoint: str
    session: str = ""


@dataclass(unsafe_hash=True)
class CmdletError(Exception):
    """An error record. Raised it ends the pipeline; given to ``Streams.error`` the pipeline goes on.

    ``category`` is a name of System.Management.Automation.ErrorCategory; ``error_id`` the complete
    FullyQualifiedErrorId as Exchange sends it (field notes 7.5); ``exception_properties`` are those that
    the exception has beside System.Exception's.
    """

    message: str
    error_id: str
    category: str = "NotSpecified"
    exception_type: str = "System.Management.Automation.RuntimeException"
    target: str | None = None
    reason: str = ""
    activity: str = ""
    exception_properties: Mapping[str, Value] = field(default_factory=dict, hash=False)


class Streams(Protocol):
    """Where a cmdlet writes while it runs."""

    def output(self, value: Value) -> None:
        """Write one object to the output stream."""

    def error(self, error: CmdletError) -> None:
        """Write a non-terminating error."""

    def warning(self, message: str) -> None:
        """Write a warning."""


class CmdletHost(Protocol):
    """What stands behind an endpoint: it binds the parameters and runs the cmdlet."""

    async def run(self, invocation: Invocation, caller: Caller, streams: Streams) -> None:
        """Run one command.

        Raises:
            CmdletError: the pipeline ends in the state Failed with this record.
        """
