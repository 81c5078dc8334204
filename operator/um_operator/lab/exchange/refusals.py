"""Errors of Exchange's cmdlets, with the FullyQualifiedErrorId that Exchange sends (field notes 7.5).

The names of the exceptions behind ``FailureCategory=Cmdlet-`` are only partly documented.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from um_operator.lab.powershell import CmdletError


@dataclass(frozen=True)
class RefusedError(Exception):
    """A cmdlet does not do what it was asked for.

    Attributes:
        exception: class name of the .NET exception, without its namespace.
        message: the text for a person.
        category: the ErrorCategory.
        target: the object in question.
    """

    exception: str
    message: str
    category: str = "InvalidArgument"
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an error comes from."""

    server: str
    request_id: UUID
    time: datetime
    cmdlet: str
    type_name: str


def error_record(refused: RefusedError, origin: Origin) -> CmdletError:
    """The error record of a refusal."""
    short_name = origin.server.split(".")[0].upper()
    clock = origin.time
    stamp = f"{clock.month}/{clock.day}/{clock.year} {clock:%I:%M:%S %p}".replace(" 0", " ")
    code = zlib.crc32(f"{refused.exception}|{refused.message}".encode())
    return CmdletError(
        refused.message,
        error_id=(
            f"[Server={short_name},RequestId={origin.request_id},TimeStamp={stamp}] "
            f"[FailureCategory=Cmdlet-{refused.exception}] {code:X},{origin.type_name}"
        ),
        category=refused.category,
        exception_type=_NAMESPACES.get(refused.exception, "Microsoft.Exchange.Management.Tasks.UM")
        + f".{refused.exception}",
        target=refused.target,
        reason=refused.exception,
        activity=origin.cmdlet,
    )


_NAMESPACES = {
    "ManagementObjectNotFoundException": "Microsoft.Exchange.Configuration.Tasks",
    "ManagementObjectAmbiguousException": "Microsoft.Exchange.Configuration.Tasks",
    "ManagementObjectAlreadyExistsException": "Microsoft.Exchange.Configuration.Tasks",
    "ADObjectAlreadyExistsException": "Microsoft.Exchange.Data.Directory",
    "DataValidationException": "Microsoft.Exchange.Data",
    "ADServerNotFoundException": "Microsoft.Exchange.Data.Directory",
}


def not_found(identity: str, domain_controller: str) -> RefusedError:
    """No such object on that domain controller."""
    return RefusedError(
        "ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{identity}' couldn't be found on "
        f"'{domain_controller}'.",
        category="NotSpecified",
    )


def invalid(name: str, problem: str) -> RefusedError:
    """A property has a value that Exchange does not take."""
    return RefusedError(
        "DataValidationException", f'Property "{name}": {problem}', category="InvalidData", target=name
    )
