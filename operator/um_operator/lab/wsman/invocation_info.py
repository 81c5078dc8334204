"""Where a record came from: the InvocationInfo that a server adds when the client asks for it.

pypsrp asks for it on every stream (RemoteStreamOptions AddInvocationInfo). Shape: recorded dialogues,
MS-PSRP 2.2.3.15.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from um_operator.lab.powershell import EnumValue

from .clixml import Writer

_AUTOMATION: Final = "System.Management.Automation."
_MSCORLIB: Final = "mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
_STRING_TO_OBJECT: Final = (
    f"System.Collections.Generic.Dictionary`2[[System.String, {_MSCORLIB}],[System.Object, {_MSCORLIB}]]"
)
_OBJECTS: Final = (f"System.Collections.Generic.List`1[[System.Object, {_MSCORLIB}]]", "System.Object")
_INTEGERS: Final = ("System.Int32[]", "System.Array", "System.Object")
_ITERATION: Final = (
    f"System.Collections.ObjectModel.ReadOnlyCollection`1[[System.Int32, {_MSCORLIB}]]",
    "System.Object",
)
_VISIBLE: Final = EnumValue(f"{_AUTOMATION}SessionStateEntryVisibility", "Public", 0)
_INTERNAL: Final = EnumValue(f"{_AUTOMATION}CommandOrigin", "Internal", 1)
_RUNSPACE: Final = EnumValue(f"{_AUTOMATION}CommandOrigin", "Runspace", 0)
CMDLET: Final = EnumValue(f"{_AUTOMATION}CommandTypes", "Cmdlet", 8)
SCRIPT: Final = EnumValue(f"{_AUTOMATION}CommandTypes", "Script", 64)


@dataclass(frozen=True)
class InvocationInfo:
    """The command that wrote a record; for a script, its text and the place in it.

    ``iteration`` counts the objects that the command before this one, and this one, had taken.
    """

    name: str
    kind: EnumValue = CMDLET
    definition: str = ""
    line: str = ""
    line_number: int = 0
    offset: int = 0
    position: str = ""
    expecting_input: bool = False
    iteration: tuple[int, int] = (0, 0)

    @property
    def command(self) -> str:
        """What MyCommand shows."""
        return self.name or self.definition


def of_error(writer: Writer, info: InvocationInfo, *, extended: bool) -> tuple[str, str]:
    """Return the InvocationInfo property of an error record, and what follows its category if extended."""
    start = writer.open(' N="InvocationInfo"', (f"{_AUTOMATION}InvocationInfo", "System.Object"))
    bound_reference = writer.next_reference
    bound = _dictionary(writer, "BoundParameters", (_STRING_TO_OBJECT, "System.Object"))
    unbound_reference = writer.next_reference
    unbound = _list(writer, "UnboundArguments", _OBJECTS)
    write = writer.write
    info_property = "".join(
        (
            f"{start}<ToString>{_AUTOMATION}InvocationInfo</ToString><Props>",
            write(info.command, "MyCommand"),
            f"{bound}{unbound}",
            write(info.line_number, "ScriptLineNumber"),
            write(info.offset, "OffsetInLine"),
            '<I64 N="HistoryId">1</I64>',
            write("", "ScriptName"),
            write(info.line, "Line"),
            write(info.position, "PositionMessage"),
            write("", "PSScriptRoot"),
            write(None, "PSCommandPath"),
            write(info.name, "InvocationName"),
            write(0, "PipelineLength"),
            write(0, "PipelinePosition"),
            write(False, "ExpectingInput"),
            write("Internal", "CommandOrigin"),
            write(None, "DisplayScriptPosition"),
            "</Props></Obj>",
        )
    )
    if not extended:
        return info_property, ""
    bound = f'<Ref N="InvocationInfo_BoundParameters" RefId="{bound_reference}" />'
    unbound = f'<Ref N="InvocationInfo_UnboundArguments" RefId="{unbound_reference}" />'
    flat = _flat(writer, info, bound, unbound, in_pipeline=False)
    return info_property, flat + _list(writer, "PipelineIterationInfo", _ITERATION, info.iteration)


def of_informational(writer: Writer, info: InvocationInfo) -> str:
    """Return the InvocationInfo properties of a debug, verbose or warning record."""
    types = (f"{_AUTOMATION}PSBoundParametersDictionary", _STRING_TO_OBJECT, "System.Object")
    bound = _dictionary(writer, "InvocationInfo_BoundParameters", types)
    flat = _flat(writer, info, bound, None, in_pipeline=True)
    return flat + _list(writer, "InformationalRecord_PipelineIterationInfo", _ITERATION, info.iteration)


def _flat(writer: Writer, info: InvocationInfo, bound: str, unbound: str | None, *, in_pipeline: bool) -> str:
    write = writer.write
    return "".join(
        (
            bound,
            write(_RUNSPACE if in_pipeline else _INTERNAL, "InvocationInfo_CommandOrigin"),
            write(info.expecting_input, "InvocationInfo_ExpectingInput"),
            write(info.name, "InvocationInfo_InvocationName"),
            write(info.line, "InvocationInfo_Line"),
            write(info.offset, "InvocationInfo_OffsetInLine"),
            '<I64 N="InvocationInfo_HistoryId">1</I64>',
            _list(
                writer,
                "InvocationInfo_PipelineIterationInfo",
                _INTEGERS,
                info.iteration if in_pipeline else (),
            ),
            write(int(in_pipeline), "InvocationInfo_PipelineLength"),
            write(int(in_pipeline), "InvocationInfo_PipelinePosition"),
            write("", "InvocationInfo_PSScriptRoot"),
            write(None, "InvocationInfo_PSCommandPath"),
            write(info.position, "InvocationInfo_PositionMessage"),
            write(info.line_number, "InvocationInfo_ScriptLineNumber"),
            write("", "InvocationInfo_ScriptName"),
            unbound or _list(writer, "InvocationInfo_UnboundArguments", _OBJECTS),
            write(False, "SerializeExtent"),
            write(info.kind, "CommandInfo_CommandType"),
            write(info.definition, "CommandInfo_Definition"),
            write(info.name, "CommandInfo_Name"),
            write(_VISIBLE, "CommandInfo_Visibility"),
        )
    )


def _dictionary(writer: Writer, name: str, type_names: tuple[str, ...]) -> str:
    return writer.open(f' N="{name}"', type_names) + "<DCT /></Obj>"


def _list(writer: Writer, name: str, type_names: tuple[str, ...], items: tuple[int, ...] = ()) -> str:
    start = writer.open(f' N="{name}"', type_names)
    return f"{start}<LST>{''.join(writer.write(item) for item in items)}</LST></Obj>"
