"""What went wrong, in the words of conditions: why something was not read, how a write ended.

Judged by the type of the error and by Exchange's FailureCategory, never by text, which is localised
(field notes 7.5). What Exchange said is quoted for the person who reads it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from um_operator.api.reasons import Reason
from um_operator.observed.fact import NotReadError
from um_operator.planning.outcome import Outcome
from um_operator.remoting.error_records import ErrorKind, failure_category, kind, one_line, quoted
from um_operator.remoting.errors import RemotingError
from um_operator.remoting.session import Command, ErrorRecord

_OF_DIRECTORY = re.compile(r"^AD[A-Z]|Suitab|DomainController")
"""Exceptions about the domain controller itself, such as ADTransient… and ADTopology… (field notes 7.5)."""


def not_read(error: RemotingError) -> NotReadError:
    """Say why a command gave no result."""
    return NotReadError(Reason(error.code), one_line(str(error)))


def not_complete(command: Command, errors: Sequence[ErrorRecord]) -> NotReadError:
    """Say why the rows that came are not all: an error record beside them."""
    reason = _records_reason(command, errors[0]) or Reason.NOT_READ
    return NotReadError(reason, quoted(command.name, errors[0]))


def outcome_of_error(error: RemotingError) -> Outcome:
    """Say how a write ended whose result never came: only ``sent`` tells whether it may have run."""
    return Outcome(
        kind="Unclear" if error.sent else "NotSent",
        reason=Reason(error.code),
        message=one_line(str(error)),
    )


def outcome_of_records(command: Command, errors: Sequence[ErrorRecord]) -> Outcome:
    """Say how a write ended that gave error records; the first one is what Exchange stopped at."""
    record = errors[0]
    message = quoted(command.name, record)
    reason = _records_reason(command, record)
    match kind(record):
        case ErrorKind.FORBIDDEN:
            return Outcome("Forbidden", Reason.FORBIDDEN, message)
        case ErrorKind.NOT_FOUND:
            # Just created elsewhere, or gone since it was read: the next reading decides (field notes 7.5).
            return Outcome("NotSent", reason or Reason.REFUSED, message)
        case ErrorKind.ALREADY_EXISTS:
            return Outcome("Refused", Reason.ALREADY_EXISTS, message)
        case ErrorKind.IN_USE:
            return Outcome("Refused", Reason.IN_USE, message)
        case found if found is ErrorKind.TRANSIENT or reason is not None:
            return Outcome("Unclear", reason or Reason.ENDPOINT_UNREACHABLE, message)
        case _:
            return Outcome("Refused", Reason.REFUSED, message)


def _records_reason(command: Command, record: ErrorRecord) -> Reason | None:
    """Return the reason when it lies with us or with the domain controller, not with the object."""
    if kind(record) is ErrorKind.FORBIDDEN:
        return Reason.FORBIDDEN
    of_directory = _OF_DIRECTORY.search(failure_category(record) or "") is not None
    if (
        of_directory
        and kind(record) is not ErrorKind.ALREADY_EXISTS
        and "DomainController" in command.parameters
    ):
        return Reason.DOMAIN_CONTROLLER_UNAVAILABLE
    return None
