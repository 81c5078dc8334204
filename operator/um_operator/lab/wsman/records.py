"""Error records as CLIXML, and the states in which a pipeline ends.

Shapes: recorded dialogues of Windows PowerShell 5.1 (field notes 8), MS-PSRP 2.2.3.15. Stack
traces are not made up: what has none in a cmdlet is ``<Nil />``.
"""

from __future__ import annotations

from typing import Final

from psrpcore.types import ErrorCategory

from um_operator.lab.powershell import CmdletError, Value

from . import invocation_info
from .clixml import Writer, encode_text
from .invocation_info import InvocationInfo

COMPLETED: Final = '<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>'
_FAILED: Final = 5
_STOPPED: Final = 3
_ERROR_RECORD: Final = ("System.Management.Automation.ErrorRecord", "System.Object")
_NO_DATA: Final = ("System.Collections.ListDictionaryInternal", "System.Object")
_COR_E_EXCEPTION: Final = -2146233087
_AUTOMATION: Final = "System.Management.Automation."
_RUNTIME: Final = (f"{_AUTOMATION}RuntimeException", "System.SystemException")
_BASES: Final = {
    f"{_AUTOMATION}RuntimeException": ("System.SystemException",),
    f"{_AUTOMATION}ParseException": _RUNTIME,
    f"{_AUTOMATION}CommandNotFoundException": _RUNTIME,
    f"{_AUTOMATION}PipelineStoppedException": _RUNTIME,
    f"{_AUTOMATION}ParameterBindingException": _RUNTIME,
    f"{_AUTOMATION}ParameterBindingValidationException": (
        f"{_AUTOMATION}ParameterBindingException",
        *_RUNTIME,
    ),
    f"{_AUTOMATION}ProviderNotFoundException": (f"{_AUTOMATION}SessionStateException", *_RUNTIME),
    "Microsoft.PowerShell.Commands.WriteErrorException": ("System.SystemException",),
}
_LONGEST_NAME: Final = 40
_NAME_ENDS: Final = 15


class TerminatedError(Exception):
    """A terminating error with the command that raised it."""

    def __init__(self, error: CmdletError, info: InvocationInfo | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.info = info


def error_record(error: CmdletError, info: InvocationInfo | None = None) -> str:
    """Return the ERROR_RECORD of a non-terminating error."""
    return _record(Writer(), "", error, info, terminating=False)


def failed(error: CmdletError, info: InvocationInfo | None = None) -> str:
    """Return the PIPELINE_STATE Failed that carries a terminating error."""
    return _state(_FAILED, error, info)


def stopped() -> str:
    """Return the PIPELINE_STATE Stopped that follows a signal."""
    return _state(
        _STOPPED,
        CmdletError(
            "The pipeline has been stopped.",
            "PipelineStopped",
            "OperationStopped",
            f"{_AUTOMATION}PipelineStoppedException",
        ),
        None,
    )


def script_refused(script: str) -> CmdletError:
    """Return the refusal of script text in no-language mode, as the JEA recording has it."""
    message = (
        "The syntax is not supported by this runspace. This can occur if the runspace is in no-language mode."
    )
    return CmdletError(
        message,
        "ScriptsNotAllowed",
        "ParserError",
        f"{_AUTOMATION}ParseException",
        target=script,
        exception_properties={
            "Errors": None,
            "Message": message,
            "ErrorRecord": message,
            "WasThrownFromThrowStatement": False,
        },
    )


def _state(state: int, error: CmdletError, info: InvocationInfo | None) -> str:
    writer = Writer()
    start = writer.open("", ())
    record = _record(writer, ' N="ExceptionAsErrorRecord"', error, info, terminating=True)
    return f'{start}<MS><I32 N="PipelineState">{state}</I32>{record}</MS></Obj>'


def _record(
    writer: Writer, attribute: str, error: CmdletError, info: InvocationInfo | None, *, terminating: bool
) -> str:
    start = writer.open(attribute, _ERROR_RECORD)
    write = writer.write
    stream = "" if terminating else write(True, "writeErrorStream")
    exception = _exception(writer, error)
    source, details = write(None, "InvocationInfo"), ""
    if info is not None:
        source, details = invocation_info.of_error(writer, info, extended=not terminating)
    return "".join(
        (
            f"{start}<ToString>{encode_text(error.message)}</ToString><MS>{stream}{exception}",
            write(error.target, "TargetObject"),
            write(error.error_id, "FullyQualifiedErrorId"),
            source,
            _category(writer, error, info),
            write(bool(details), "SerializeExtendedInfo"),
            details,
            write(None, "PSMessageDetails") if details else "",
            "</MS></Obj>",
        )
    )


def _category(writer: Writer, error: CmdletError, info: InvocationInfo | None) -> str:
    reason = error.reason or error.exception_type.rpartition(".")[2]
    activity = error.activity or (info.name if info is not None else "")
    kind = "String" if error.target is not None else ""
    target = error.target or ""
    message = f"{error.category}: ({_shorten(target)}:{kind}) [{activity}], {reason}"
    members: dict[str, Value] = {
        "Category": int(ErrorCategory[error.category]),
        "Activity": activity,
        "Reason": reason,
        "TargetName": target,
        "TargetType": kind,
        "Message": message,
    }
    return "".join(writer.write(value, f"ErrorCategory_{name}") for name, value in members.items())


def _exception(writer: Writer, error: CmdletError) -> str:
    bases = _BASES.get(error.exception_type, ())
    start = writer.open(' N="Exception"', (error.exception_type, *bases, "System.Exception", "System.Object"))
    write = writer.write
    own = {**error.exception_properties}
    own.setdefault("Message", error.message)
    members = "".join(write(value, name) for name, value in own.items())
    data = writer.open(' N="Data"', _NO_DATA) + "<DCT /></Obj>"
    rest = "".join(
        write(None, name) for name in ("InnerException", "TargetSite", "StackTrace", "HelpLink", "Source")
    )
    return (
        f"{start}<ToString>{encode_text(f'{error.exception_type}: {error.message}')}</ToString>"
        f"<Props>{members}{data}{rest}{write(_COR_E_EXCEPTION, 'HResult')}</Props></Obj>"
    )


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_NAME_ENDS]}...{name[-_NAME_ENDS:]}"
