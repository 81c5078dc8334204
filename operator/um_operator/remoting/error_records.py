"""PowerShell error records: from the wire, and into the few kinds that decide what happens next.

Judged by FullyQualifiedErrorId, type and category, never by the text, which is localised (field notes 7.5).
"""

from __future__ import annotations

import re
from enum import Enum

from um_operator.remoting.session import ErrorRecord, PSEnum, PSRow, PSValue

# System.Management.Automation.ErrorCategory, in the order of its numbers
CATEGORIES = (
    "NotSpecified", "OpenError", "CloseError", "DeviceError", "DeadlockDetected", "InvalidArgument",
    "InvalidData", "InvalidOperation", "InvalidResult", "InvalidType", "MetadataError", "NotImplemented",
    "NotInstalled", "ObjectNotFound", "OperationStopped", "OperationTimeout", "SyntaxError", "ParserError",
    "PermissionDenied", "ResourceBusy", "ResourceExists", "ResourceUnavailable", "ReadError", "WriteError",
    "FromStdErr", "SecurityError", "ProtocolError", "ConnectionError", "AuthenticationError",
    "LimitsExceeded", "QuotaExceeded", "NotEnabled",
)  # fmt: skip


LONGEST_QUOTE = 300
"""Of what a server said, in a message for a person."""


class ErrorKind(Enum):
    """What an error record means for the caller."""

    NOT_FOUND = "NotFound"
    ALREADY_EXISTS = "AlreadyExists"
    IN_USE = "InUse"
    VALIDATION = "Validation"
    TRANSIENT = "Transient"
    FORBIDDEN = "Forbidden"
    OTHER = "Other"


_FAILURE = re.compile(r"\[FailureCategory=[A-Za-z]+-(?P<exception>[A-Za-z0-9_.`]+)\]")
_NAMES: tuple[tuple[re.Pattern[str], ErrorKind], ...] = (
    (re.compile(r"^CommandNotFound|ParameterNotFound"), ErrorKind.FORBIDDEN),
    (re.compile(r"AccessDenied|Unauthorized|OperationNotAllowed|CmdletAccess"), ErrorKind.FORBIDDEN),
    (re.compile(r"^ADTopology|Transient|ServerUnavailable|^RpcServer|RpcException$"), ErrorKind.TRANSIENT),
    (re.compile(r"ObjectNotFound|NotFoundException$"), ErrorKind.NOT_FOUND),
    (re.compile(r"AlreadyExist|ObjectExists|Duplicate"), ErrorKind.ALREADY_EXISTS),
    (re.compile(r"InUse|Associated|StillReferenced|HasReferences"), ErrorKind.IN_USE),
    (re.compile(r"^ParameterBinding|^Argument|Validation|^Format|Invalid[A-Z]\w*$"), ErrorKind.VALIDATION),
)
_CATEGORY: dict[str, ErrorKind] = {
    "ObjectNotFound": ErrorKind.NOT_FOUND,
    "ResourceExists": ErrorKind.ALREADY_EXISTS,
    "ResourceBusy": ErrorKind.IN_USE,
    **dict.fromkeys(("PermissionDenied", "SecurityError", "AuthenticationError"), ErrorKind.FORBIDDEN),
    **dict.fromkeys(("InvalidArgument", "InvalidData", "InvalidType", "SyntaxError"), ErrorKind.VALIDATION),
    **dict.fromkeys(
        ("OperationTimeout", "ResourceUnavailable", "ConnectionError", "LimitsExceeded", "QuotaExceeded"),
        ErrorKind.TRANSIENT,
    ),
}


def kind(record: ErrorRecord) -> ErrorKind:
    """Judge a record: by Exchange's FailureCategory, else by id and exception type, else by category."""
    for name in _telling_names(record):
        for pattern, meaning in _NAMES:
            if pattern.search(name):
                return meaning
    return _CATEGORY.get(record.category, ErrorKind.OTHER)


def failure_category(record: ErrorRecord) -> str | None:
    """Return the exception's name in ``[FailureCategory=Cmdlet-<name>]`` of an Exchange error id."""
    match = _FAILURE.search(record.error_id)
    return match["exception"] if match else None


def quoted(what: str, record: ErrorRecord) -> str:
    """Return one line for a person: what failed, the error's own name, what the server said."""
    said = one_line(record.message).replace('"', "'")
    named = failure_category(record) or record.error_id.partition(",")[0] or record.category
    return f'{what} failed ({named}): "{said}"'


def one_line(text: str) -> str:
    """Return a text without line breaks, cut to fit a condition's message."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"


def from_row(value: PSValue, *, terminating: bool) -> ErrorRecord:
    """Read an ErrorRecord as MS-PSRP 2.2.3.15 puts it on the wire; what is missing stays empty."""
    if not isinstance(value, PSRow):
        return ErrorRecord(_text(value), "", "NotSpecified", "", None, terminating)
    properties = value.properties
    exception = properties.get("Exception")
    message, exception_type = value.text, ""
    if isinstance(exception, PSRow):
        message = _text(exception.properties.get("Message")) or exception.text or message
        exception_type = exception.type_names[0] if exception.type_names else ""
    return ErrorRecord(
        message=message,
        error_id=_text(properties.get("FullyQualifiedErrorId")),
        category=_category(properties.get("ErrorCategory_Category")),
        exception_type=exception_type,
        target=_text(properties.get("ErrorCategory_TargetName")) or _target(properties.get("TargetObject")),
        terminating=terminating,
    )


def _telling_names(record: ErrorRecord) -> tuple[str, ...]:
    failure = failure_category(record)
    if failure is not None:
        return (failure,)
    error_id = record.error_id.partition(",")[0]
    return (error_id, record.exception_type.rpartition(".")[2])


def _category(value: PSValue) -> str:
    number = value.number if isinstance(value, PSEnum) else value
    if isinstance(number, int) and 0 <= number < len(CATEGORIES):
        return CATEGORIES[number]
    return value if isinstance(value, str) else "NotSpecified"


def _target(value: PSValue) -> str | None:
    return None if value is None else _text(value)


def _text(value: PSValue) -> str:
    match value:
        case None:
            return ""
        case PSRow() | PSEnum():
            return value.text
    return str(value)
