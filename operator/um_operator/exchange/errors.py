"""What went wrong, in the words of conditions: why something was not read, how a write ended.

Judged by the type of the error and by Exchange's FailureCategory, never by text, which is localised
(field notes 7.5). What Exchange said is quoted for the person who reads it.
"""

from __future__ import annotations

from collections.abc import Sequence

from um_operator.api.reasons import Reason
from um_operator.planning.outcome import Outcome
from um_operator.remoting.error_records import ErrorKind, failure_category, kind
from um_operator.remoting.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    EndpointNotFound,
    Forbidden,
    ProtocolError,
    RemotingError,
)
from um_operator.remoting.session import Command, ErrorRecord

LONGEST_QUOTE = 300
_GONE = frozenset({ErrorKind.TRANSIENT, ErrorKind.NOT_FOUND})
_ONE_OBJECT = frozenset({"Identity", "Server", "IPGateway"})


class NotReadError(Exception):
    """A reading that failed or is not complete, so that nothing follows from it (R1)."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def not_read(error: RemotingError) -> NotReadError:
    """Say why a command gave no result."""
    return NotReadError(_remoting_reason(error), one_line(str(error)))


def not_complete(command: Command, errors: Sequence[ErrorRecord]) -> NotReadError:
    """Say why the rows that came are not all: an error record beside them."""
    return NotReadError(_reading_reason(command, errors[0]), _quoted(command, errors[0]))


def outcome_of_error(error: RemotingError) -> Outcome:
    """Say how a write ended whose result never came: only ``sent`` tells whether it may have run."""
    return Outcome(
        kind="Unclear" if error.sent else "NotSent",
        reason=_remoting_reason(error),
        message=one_line(str(error)),
    )


def outcome_of_records(command: Command, errors: Sequence[ErrorRecord]) -> Outcome:
    """Say how a write ended that gave error records; the first one is what Exchange stopped at."""
    record = errors[0]
    message = _quoted(command, record)
    match kind(record):
        case ErrorKind.FORBIDDEN:
            return Outcome("Forbidden", Reason.FORBIDDEN, message)
        case ErrorKind.NOT_FOUND:
            # Just created elsewhere, or gone since it was read: the next reading decides (field notes 7.5).
            return Outcome("NotSent", Reason.REFUSED, message)
        case ErrorKind.TRANSIENT:
            return Outcome("Unclear", Reason.DOMAIN_CONTROLLER_UNAVAILABLE, message)
        case ErrorKind.ALREADY_EXISTS:
            return Outcome("Refused", Reason.ALREADY_EXISTS, message)
        case ErrorKind.IN_USE:
            return Outcome("Refused", Reason.IN_USE, message)
        case _:
            return Outcome("Refused", Reason.REFUSED, message)


def _remoting_reason(error: RemotingError) -> Reason:
    match error:
        case AuthenticationFailed():
            return Reason.AUTHENTICATION_FAILED
        case Forbidden():
            return Reason.FORBIDDEN
        case DeadlineExceeded():
            return Reason.DEADLINE_EXCEEDED
        case ProtocolError() | EndpointNotFound():
            return Reason.ENDPOINT_UNUSABLE
        case _:
            return Reason.ENDPOINT_UNREACHABLE


def _reading_reason(command: Command, record: ErrorRecord) -> Reason:
    found = kind(record)
    if found is ErrorKind.FORBIDDEN:
        return Reason.FORBIDDEN
    # A list has nothing to miss but the domain controller that it was asked of.
    of_list = not _ONE_OBJECT & command.parameters.keys()
    if of_list and "DomainController" in command.parameters and found in _GONE:
        return Reason.DOMAIN_CONTROLLER_UNAVAILABLE
    return Reason.NOT_READ


def _quoted(command: Command, record: ErrorRecord) -> str:
    said = one_line(record.message).replace('"', "'")
    named = failure_category(record) or record.error_id.partition(",")[0] or record.category
    return f'{command.name} failed ({named}): "{said}"'


def one_line(text: str) -> str:
    """Return a text without line breaks, cut to fit a condition's message."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"
