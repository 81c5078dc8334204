"""Records of the error, warning and other streams as CLIXML, and the states of a pipeline.

Shapes: recorded dialogues of Windows PowerShell 5.1 (field notes 8), MS-PSRP 2.2.3.15 and 2.2.3.16. Stack
traces are not made up: what has none in a cmdlet is ``<Nil />``.
"""

from __future__ import annotations

from typing import Final

from psrpcore.types import ErrorCategory

from um_operator.lab.powershell import CmdletError

from .clixml import Writer, encode_text

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


def error_record(error: CmdletError) -> str:
    """Return the ERROR_RECORD of a non-terminating error."""
    return _record(Writer(), "", error, '<B N="writeErrorStream">true</B>')


def failed(error: CmdletError) -> str:
    """Return the PIPELINE_STATE Failed that carries a terminating error."""
    return _state(_FAILED, error)


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
    )


def script_refused(script: str) -> CmdletError:
    """Return the refusal of script text in no-language mode, as the JEA recording has it."""
    return CmdletError(
        "The syntax is not supported by this runspace. "
        "This can occur if the runspace is in no-language mode.",
        "ScriptsNotAllowed",
        "ParserError",
        f"{_AUTOMATION}ParseException",
        target=script,
    )


def informational(kind: str, message: str) -> str:
    """Return the record of the stream ``kind``: Debug, Verbose or Warning."""
    writer = Writer()
    start = writer.open(
        "", (f"{_AUTOMATION}{kind}Record", f"{_AUTOMATION}InformationalRecord", "System.Object")
    )
    return (
        f"{start}<ToString>{encode_text(message)}</ToString>"
        f"<MS>{writer.write(message, 'InformationalRecord_Message')}"
        f"{writer.write(False, 'InformationalRecord_SerializeInvocationInfo')}</MS></Obj>"
    )


def _state(state: int, error: CmdletError) -> str:
    writer = Writer()
    start = writer.open("", ())
    record = _record(writer, ' N="ExceptionAsErrorRecord"', error, "")
    return f'{start}<MS><I32 N="PipelineState">{state}</I32>{record}</MS></Obj>'


def _record(writer: Writer, attribute: str, error: CmdletError, first: str) -> str:
    start = writer.open(attribute, _ERROR_RECORD)
    reason = error.reason or error.exception_type.rpartition(".")[2]
    kind = "String" if error.target is not None else ""
    target = error.target or ""
    message = f"{error.category}: ({_shorten(target)}:{kind}) [{error.activity}], {reason}"
    write = writer.write
    return "".join(
        (
            f"{start}<ToString>{encode_text(error.message)}</ToString><MS>{first}",
            _exception(writer, error),
            write(error.target, "TargetObject"),
            write(error.error_id, "FullyQualifiedErrorId"),
            write(None, "InvocationInfo"),
            write(int(ErrorCategory[error.category]), "ErrorCategory_Category"),
            write(error.activity, "ErrorCategory_Activity"),
            write(reason, "ErrorCategory_Reason"),
            write(target, "ErrorCategory_TargetName"),
            write(kind, "ErrorCategory_TargetType"),
            write(message, "ErrorCategory_Message"),
            write(False, "SerializeExtendedInfo"),
            "</MS></Obj>",
        )
    )


def _exception(writer: Writer, error: CmdletError) -> str:
    bases = _BASES.get(error.exception_type, ())
    start = writer.open(' N="Exception"', (error.exception_type, *bases, "System.Exception", "System.Object"))
    data = writer.open(' N="Data"', _NO_DATA) + "<DCT /></Obj>"
    write = writer.write
    return "".join(
        (
            f"{start}<ToString>{encode_text(f'{error.exception_type}: {error.message}')}</ToString><Props>",
            write(error.message, "Message"),
            data,
            *(
                write(None, name)
                for name in ("InnerException", "TargetSite", "StackTrace", "HelpLink", "Source")
            ),
            write(_COR_E_EXCEPTION, "HResult"),
            "</Props></Obj>",
        )
    )


def _shorten(name: str) -> str:
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_NAME_ENDS]}...{name[-_NAME_ENDS:]}"
