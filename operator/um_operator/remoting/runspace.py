"""pypsrp's runspace pool with our CLIXML reader in it, and its known traps closed.

Field notes, powershell-remoting 3: the stock reader costs 1 ms for 30 properties and gives multi-valued ones
as raw XML; a pipeline whose last message was lost is asked for ever.
"""

from __future__ import annotations

import logging
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pypsrp.complex_objects import Command as PipelineCommand
from pypsrp.complex_objects import ObjectMeta
from pypsrp.exceptions import WSManFaultError
from pypsrp.messages import (
    DebugRecord,
    ErrorRecordMessage,
    InformationRecord,
    PipelineState,
    ProgressRecord,
    VerboseRecord,
    WarningRecord,
)
from pypsrp.powershell import RunspacePool
from pypsrp.serializer import Serializer, TaggedValue
from pypsrp.shell import CommandState, WinRS
from pypsrp.wsman import WSMan

from um_operator.remoting.clixml import ClixmlError, parse, read
from um_operator.remoting.session import Argument, PSRow, PSValue, Secret

_RECORDS = frozenset(
    {ErrorRecordMessage, WarningRecord, VerboseRecord, DebugRecord, ProgressRecord, InformationRecord}
)
_TIMED_OUT = 2150858793
"""The fault of a Receive to which the server had nothing to say within OperationTimeout."""

_I32 = range(-(2**31), 2**31)
_I64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Record:
    """A record of one of the streams as a row; the name of the first field is pypsrp's contract."""

    MESSAGE_TYPE: int
    row: PSValue
    terminating: bool = False


class FastSerializer(Serializer):
    """Writes as pypsrp does; reads output, records and pipeline states by our own reader."""

    def deserialize(
        self, element: ET.Element | str, metadata: ObjectMeta | None = None, clear: bool = True
    ) -> Any:
        """Read what a pipeline sends; leave the messages of opening a pool to pypsrp."""
        if not clear:
            return super().deserialize(element, metadata, clear)
        if metadata is None:
            return _read(element)
        if metadata.object in _RECORDS:
            return Record(metadata.object.MESSAGE_TYPE, _read(element))
        if metadata.object is PipelineState:
            return _pipeline_state(_read(element))
        return super().deserialize(element, metadata, clear)


class WatchedShell(WinRS):
    """pypsrp's shell; remembers whether the server called the last command done."""

    done = False

    def receive(
        self, stream: str = "stdout stderr", command_id: str | None = None, timeout: int | None = None
    ) -> tuple[str, int | None, dict[str, bytes]]:
        """Receive as pypsrp does."""
        answer = super().receive(stream, command_id, timeout)
        self.done = answer[0] == CommandState.DONE
        return answer


class FastRunspacePool(RunspacePool):
    """A pool of one runspace for one thread."""

    def __init__(self, connection: WSMan, configuration_name: str) -> None:
        super().__init__(connection, configuration_name=configuration_name, max_runspaces=1)
        self._serializer = FastSerializer()
        self._fragmenter.serializer = self._serializer
        self.shell: WatchedShell = WatchedShell(
            connection,
            resource_uri=self.shell.resource_uri,
            id=self.id,
            input_streams="stdin pr",
            output_streams="stdout",
        )

    def _receive(
        self,
        id: str | None = None,  # noqa: A002 - its name in pypsrp
        timeout: int | None = None,
    ) -> list[tuple[int, Any]]:
        """Take "nothing yet" for an answer, as pypsrp does in a pipeline, also while a pool opens."""
        try:
            return super()._receive(id, timeout)
        except WSManFaultError as fault:
            if fault.code != _TIMED_OUT:
                raise
            return []


class OwnCommand(PipelineCommand):
    """A command that serves one pipeline, so that nobody needs a copy: pypsrp makes two deep ones."""

    def __deepcopy__(self, _: object) -> Self:
        return self


class BoundedWSMan(WSMan):
    """pypsrp's WSMan without its own repetition: whether to ask again is decided by the session pool."""

    def invoke(self, *args: Any, retries_on_read_timeout: int = 0, **kwargs: Any) -> ET.Element:
        """Send one request once."""
        del retries_on_read_timeout
        return super().invoke(*args, **kwargs)


def encode(argument: Argument) -> Any:
    """Turn a parameter's value into what pypsrp serialises as the right type (field notes 3).

    Raises:
        ValueError: an integer beyond 64 bits, or a type that PowerShell would not get as meant.
    """
    match argument:
        case None | bool() | bytes():
            return argument
        case int():
            return _integer(int(argument))
        case str():
            return str(argument)
        case Secret():
            return TaggedValue("SS", argument.reveal)
        case Mapping():
            return {str(key): encode(value) for key, value in argument.items()}
        case Sequence():
            return [encode(value) for value in argument]
    raise ValueError(f'a parameter can\'t be of type "{type(argument).__name__}"')


def holds_secret(argument: Argument) -> bool:
    """Say whether a SecureString is in it, for which the session needs a key."""
    match argument:
        case Secret():
            return True
        case str() | bytes():
            return False
        case Mapping():
            return any(map(holds_secret, argument.values()))
        case Sequence():
            return any(map(holds_secret, argument))
    return False


def quiet_libraries() -> None:
    """Keep the libraries' logs shut: pypsrp's name what was sent and received, whatever its level says."""
    logging.getLogger("pypsrp").setLevel(logging.CRITICAL)
    for name in ("spnego", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _integer(value: int) -> int | TaggedValue:
    if value in _I32:
        return value
    if value in _I64:
        return TaggedValue("I64", value)
    raise ValueError("a parameter's integer does not fit into 64 bits")


def _read(element: ET.Element | str) -> PSValue:
    return parse(element) if isinstance(element, str) else read(element)


def _pipeline_state(value: PSValue) -> PipelineState:
    if not isinstance(value, PSRow) or not isinstance(value.properties.get("PipelineState"), int):
        raise ClixmlError("malformed CLIXML: a pipeline state without its number")
    error = value.properties.get("ExceptionAsErrorRecord")
    record = None if error is None else Record(ErrorRecordMessage.MESSAGE_TYPE, error, terminating=True)
    return PipelineState(value.properties["PipelineState"], record)  # type: ignore[no-untyped-call]
