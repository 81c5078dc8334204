"""What went wrong on a host, in the words of conditions: why something was not read, how a write ended.

Judged by type, id and category of an error, never by its text, which is localised.
"""

from __future__ import annotations

from typing import Final

from um_operator.api.reasons import Reason
from um_operator.observed.fact import NotReadError
from um_operator.planning.outcome import Outcome
from um_operator.remoting.error_records import ErrorKind, kind, one_line, quoted
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, ErrorRecord

MODULE: Final = "the role capability in deploy/jea has it"


def not_read(error: RemotingError) -> NotReadError:
    """Say why a command gave no result."""
    return NotReadError(Reason(error.code), one_line(str(error)))


def not_complete(host: str, command: Command, error: ErrorRecord) -> NotReadError:
    """Say why the rows that came are not all: an error record beside them."""
    forbidden = kind(error) is ErrorKind.FORBIDDEN
    reason = Reason.FORBIDDEN if forbidden else Reason.NOT_READ
    return NotReadError(reason, _said(host, command, error))


def outcome_of_error(error: RemotingError) -> Outcome:
    """Say how a write ended whose result never came: only ``sent`` tells whether it may have run."""
    return Outcome("Unclear" if error.sent else "NotSent", Reason(error.code), one_line(str(error)))


def outcome_of_record(host: str, command: Command, error: ErrorRecord) -> Outcome:
    """Say how a write ended that gave an error record."""
    message = _said(host, command, error)
    match kind(error):
        case ErrorKind.FORBIDDEN:
            return Outcome("Forbidden", Reason.FORBIDDEN, message)
        case ErrorKind.TRANSIENT:
            return Outcome("Unclear", Reason.ENDPOINT_UNREACHABLE, message)
        case _:
            return Outcome("Refused", Reason.REFUSED, message)


def _said(host: str, command: Command, error: ErrorRecord) -> str:
    advice = f"; {MODULE}" if kind(error) is ErrorKind.FORBIDDEN else ""
    return quoted(f'{command.name} on "{host}"', error) + advice
